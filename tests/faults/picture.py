"""The picture: webhooks a second over time, a small one each scenario, with the fault shaded."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path

from tests.faults.ledger import OK, Ledger

COLUMNS = 3


def draw(file: Path, scenarios: Sequence[tuple[str, Ledger]]) -> None:
    """Draw them all into a file; its suffix says the format."""
    from matplotlib.figure import Figure

    rows = ceil(len(scenarios) / COLUMNS)
    figure = Figure(figsize=(5 * COLUMNS, 2.2 * rows), layout="constrained")
    for axes, (name, ledger) in zip(
        figure.subplots(rows, COLUMNS, squeeze=False).flat, scenarios, strict=False
    ):
        zero = min(answer.sent for answer in ledger.answers)
        told = [(answer.sent + answer.seconds - zero, answer.status) for answer in ledger.answers]
        axes.plot(*_rate(at for at, status in told if status == OK), label="200")
        axes.plot(
            *_rate(at for at, status in told if status != OK), label="other answers", linewidth=0.8
        )
        axes.plot(
            *_rate(handling.at - zero for handling in ledger.handled()),
            label="handled",
            linestyle=":",
        )
        for start, end in ledger.faults:
            axes.axvspan(start - zero, end - zero, alpha=0.15, color="red", label="fault")
        axes.set_title(name, fontsize=9)
    figure.axes[0].legend(fontsize=7)
    figure.savefig(file)


def _rate(times: Iterable[float]) -> tuple[list[int], list[int]]:
    """Count by second."""
    counts = Counter(map(int, times))
    seconds = list(range(max(counts, default=0) + 1))
    return seconds, [counts[second] for second in seconds]
