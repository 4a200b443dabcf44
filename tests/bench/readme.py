"""`python -m tests.bench.readme`: write what was measured into documents, between two markers.

README.md gets a few sentences and a picture, tests/bench/README.md every row, and the tables of
deploy/ are computed anew.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import capacity_page, results
from tests.bench.marked import rewritten

ROOT = Path(__file__).parents[2]
MILLION = 1_000_000
MACHINE = ("processor", "cores", "memory", "system", "python", "rabbitmq")
PICTURE = "![Latency against rate](tests/bench/results/rates.svg)"

SENTENCES = (
    (
        "The ingress needs {ingress} times the processor time of an aiohttp handler that stores "
        "nothing."
    ),
    "An aiohttp handler that publishes with aio-pika needs {naive} times what the ingress needs.",
    "With a journal the ingress needs {journal} times as much as without.",
    "A worker needs {worker} times what a bare consumer of aio-pika needs.",
    (
        "FastStream needs {faststream} times, Celery {celery}, taskiq {taskiq} and "
        "Dramatiq {dramatiq} times what a worker needs, JSON decoded."
    ),
    "The ingress is ready {ingress-start} s after its start, a worker {worker-start} s.",
)
"""Each with the medians of the rows that it names; one of which a row is missing is left out."""

HEAD = (
    (
        "| measured | median (spread) | promised | | lost, twice | "
        "medians of the sides, CPU and rate |"
    ),
    "|---|---|---|---|---|---|",
)
"""Lost and twice: webhooks that did not arrive, and that arrived again, on either side."""


def summary(kept: Mapping[str, Any]) -> str:
    """Return what README.md says: where it was measured, a few sentences, a picture."""
    medians = {
        name: f"{median(row['values']):.2f}{_elsewhere(row, kept['machine'])}"
        for name, row in kept["rows"].items()
        if row["values"]
    }
    told = []
    for sentence in SENTENCES:
        try:
            told.append(f"- {sentence.format_map(medians)}")
        except KeyError:  # a row of this sentence was not measured
            continue
    return "\n".join([_measured_on(kept), "", *told, "", PICTURE])


def section(kept: Mapping[str, Any]) -> str:
    """Return what tests/bench/README.md says: where it was measured, each row, and its notes."""
    rows = list(kept["rows"].values())
    commits = sorted({row["of"]["hookline"] for row in rows})
    notes = [f"- {row['what']}: {note}" for row in rows for note in row["notes"]]
    return "\n".join(
        [
            _measured_on(kept),
            f"The rows are of the commits {', '.join(commits)}.",
            "",
            *HEAD,
            *(_line(row, kept["machine"]) for row in rows),
            "",
            *dict.fromkeys(notes),
        ]
    )


def _measured_on(kept: Mapping[str, Any]) -> str:
    machine = ", ".join(f"{name} {kept['machine'][name]}" for name in MACHINE)
    return f"Measured on {machine}."


def _elsewhere(row: Mapping[str, Any], machine: Mapping[str, str]) -> str:
    """Say where a row was measured; nothing where that is where the first one was."""
    processor = row["of"].get("processor", machine["processor"])
    if processor == machine["processor"]:
        return ""
    return f" (on {processor})"


def _line(row: Mapping[str, Any], machine: Mapping[str, str]) -> str:
    what = f"{_what(row)}{_elsewhere(row, machine)}"
    cells = [what, _spread(row), f"{row['target']}{row['unit']}", row["verdict"]]
    counts = [row["lost"], row["duplicated"]]
    cells.append(", ".join(str(count) for count in counts if count is not None))
    cells.append(row["sides"])
    return f"| {' | '.join(cells)} |"


def _what(row: Mapping[str, Any]) -> str:
    waiting = row["of"]["waiting"]
    if "million" in row["what"] and waiting != MILLION:
        return f"{row['what']} (a million scaled down to {waiting:,})"
    return str(row["what"])


def _spread(row: Mapping[str, Any]) -> str:
    values: Sequence[float] = row["values"]
    if not values:
        return "not measured"
    return f"{median(values):.2f}{row['unit']} ({min(values):.2f} to {max(values):.2f})"


def main() -> int:
    """Write all documents; 1 where there is nothing to write or no place for it."""
    kept = results.read()
    if not kept["rows"]:
        print("no results yet: make bench", file=sys.stderr)
        return 1

    written = {"README.md": summary(kept), "tests/bench/README.md": section(kept)}
    for name, new in written.items():
        document = ROOT / name
        try:
            document.write_text(rewritten(document.read_text(), new))
        except ValueError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1

    try:
        capacity_page.write()
    except (KeyError, ValueError) as error:
        print(f"deploy/CAPACITY.md: {error!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
