"""Plots of the kept results, SVG and PNG: `python -m tests.bench.plots` draws them again without
measuring.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import results

SIZE, DPI = (7.2, 4.0), 110
COLOURS = {"hookline": "#0b6e99", "naive": "#c4553b", "ingress": "#0b6e99", "worker": "#5a8f29"}
TICKS = (125, 250, 500, 1000, 2000, 4000, 8000)
Plot = Callable[[Any, Any], None]


def draw(folder: Path) -> list[Path]:
    """Draw every sweep that was measured and return the files."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams.update(
        {"svg.hashsalt": "hookline", "axes.grid": True, "grid.alpha": 0.3, "font.size": 10}
    )
    kept = json.loads((folder / results.FILE.name).read_text())["sweeps"]
    files = []
    for name, plot in PLOTS.items():
        found = kept.get(name, {}).get("found", {"not measured": "yet"})
        if "not measured" not in found:
            files += _draw(folder / name, plot, found)
    return files


def _draw(path: Path, plot: Plot, found: Any) -> list[Path]:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    plot(axes, found)
    files = [path.with_suffix(".svg"), path.with_suffix(".png")]
    figure.savefig(files[0], metadata={"Date": None})
    figure.savefig(files[1], dpi=DPI)
    plt.close(figure)
    return files


def _rates(axes: Any, found: dict[str, list[dict[str, float]]]) -> None:
    for name, points in found.items():
        rates = [point["answered"] for point in points]
        for share, style in (("p50", "-"), ("p99", "--"), ("p99.9", ":")):
            values = [point[share] for point in points]
            axes.plot(
                rates, values, style, marker=".", color=COLOURS[name], label=f"{name} {share}"
            )
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(TICKS, [f"{rate:,}" for rate in TICKS])
    axes.minorticks_off()
    axes.set(xlabel="webhooks answered a second", ylabel="milliseconds to the answer")
    axes.set_title("Latency against rate, each server up to where it no longer keeps up")
    axes.legend()


def _throughput(key: str, label: str, title: str, scale: str = "log") -> Plot:
    def plot(axes: Any, found: dict[str, list[dict[str, float]]]) -> None:
        for name, points in found.items():
            at, rate = ([point[one] for point in points] for one in (key, "rate"))
            axes.plot(at, rate, marker="o", color=COLOURS[name], label=name)
        axes.set_xscale(scale, **({"linthresh": 100} if scale == "symlog" else {}))
        if scale == "linear":
            axes.locator_params(axis="x", integer=True)
        axes.set(xlabel=label, ylabel="messages a second", title=title, ylim=(0, None))
        axes.legend()

    return plot


def _retries(axes: Any, found: dict[str, list[float]]) -> None:
    axes.boxplot(list(found.values()), tick_labels=[f"{rung} s" for rung in found], whis=(0, 100))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(
        xlabel="asked for",
        ylabel="milliseconds later than asked",
        title="Lateness of retries; whiskers hold all",
    )


PLOTS: dict[str, Plot] = {
    "rates": _rates,
    "sizes": _throughput("size", "bytes of body", "Throughput against body size, one process"),
    "topics": _throughput("topics", "topics", "Throughput against topics, one process"),
    "waiting": _throughput(
        "waiting", "messages waiting on the queue", "Throughput against waiting messages", "symlog"
    ),
    "processes": _throughput(
        "processes", "processes", "Throughput against processes; two cores for all", "linear"
    ),
    "retries": _retries,
}


if __name__ == "__main__":
    print(*draw(results.FOLDER), sep="\n")
    sys.exit(0)
