"""The picture of a simulated flash sale, for light pages and for dark ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SIZE = (7.2, 6.0)
COMMON = {
    "svg.hashsalt": "hookline",
    "axes.grid": True,
    "grid.alpha": 0.3,
    "font.size": 10,
    "legend.framealpha": 0,
}
INK, PAPER = "#e6edf3", "#0d1117"
DARK = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
}
THEMES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "flash_sale": ({}, {"good": "#0b6e99", "bad": "#c4553b", "rush": "#5a8f29"}),
    "flash_sale_dark": (DARK, {"good": "#58b6de", "bad": "#f0876e", "rush": "#8fc45e"}),
}
"""Files without their suffix; the colours of the first are those of the other plots."""
AT, WAITING, LAG, ACCEPTED, REFUSED, HANDLED = range(6)
"""Places in a point, as `simulation.Point` has them."""


def draw(folder: Path, sale: Mapping[str, Any]) -> list[Path]:
    """Draw a sale that was kept, once for each theme, and return the files."""
    import matplotlib as mpl

    mpl.use("agg")
    files = []
    for name, (theme, colours) in THEMES.items():
        with mpl.rc_context(COMMON | theme):
            files.append(_draw(folder / f"{name}.svg", sale, colours))
    return files


def _draw(file: Path, sale: Mapping[str, Any], colours: Mapping[str, str]) -> Path:
    from matplotlib import pyplot as plt

    figure, (answers, waiting, lag) = plt.subplots(
        3, figsize=SIZE, sharex=True, layout="constrained"
    )
    plan, points = sale["plan"], sale["points"]
    minutes = [point[AT] / 60 for point in points]

    for place, colour, label in (
        (ACCEPTED, "good", "answered 200"),
        (REFUSED, "bad", "answered 503"),
        (HANDLED, "rush", "handled"),
    ):
        rates = [point[place] / plan["every"] for point in points]
        answers.plot(minutes, rates, color=colours[colour], label=label)
    answers.set(
        ylabel="a second", title="A flash sale, simulated: 50 times the mean for ten minutes"
    )
    answers.legend()

    waiting.plot(minutes, [point[WAITING] / 1e6 for point in points], color=colours["good"])
    waiting.set(ylabel="million waiting", ylim=(0, None))
    lag.plot(minutes, [point[LAG] / 60 for point in points], color=colours["good"])
    lag.set(ylabel="minutes of lag", xlabel="minutes", ylim=(0, None))

    _shade((answers, waiting, lag), plan, colours)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
    return file


def _shade(axes: Any, plan: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    """Show the rush, and how long a node was away."""
    begins, ends, loss = plan["calm"], plan["calm"] + plan["rush"], plan["loss"]
    for one in axes:
        one.axvspan(begins / 60, ends / 60, color=colours["rush"], alpha=0.12)
        one.axvspan(loss["at"] / 60, loss["back"] / 60, color=colours["bad"], alpha=0.1)
    axes[1].text(begins / 60, 0.02, " the sale", transform=axes[1].get_xaxis_transform())
    axes[1].text(loss["at"] / 60, 0.12, " a node away", transform=axes[1].get_xaxis_transform())
