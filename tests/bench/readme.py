"""`python -m tests.bench.readme`: write the README section on performance, between two markers,
from the results.
"""

import sys
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import results

ROOT = Path(__file__).parents[2]
NOTES = Path(__file__).with_name("notes.md")
BEGIN = "<!-- bench: written by `python -m tests.bench.readme` -->"
END = "<!-- bench: end -->"
PLOT, MILLION = "rates", 1_000_000
MACHINE = ("processor", "cores", "memory", "system", "python", "rabbitmq")


def section(kept: dict[str, Any]) -> str:
    """Return the section: what it was measured on, the table, a plot, the command, the notes."""
    machine, rows = kept["machine"], kept["rows"].values()
    commits = sorted({row["of"]["hookline"] for row in rows})
    parts = [
        "Measured at "
        + ", ".join(commits)
        + " on "
        + ", ".join(f"{name} {machine[name]}" for name in MACHINE)
        + ".",
        "CPU is that of our own process, user and system; each row is the median of rounds run in turn, A B A B.",
        "",
        "| measured | median (spread) | promised | | lost, twice | medians of the sides, CPU and rate |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
        "",
        *(
            f"- {note}"
            for note in dict.fromkeys(
                f"{row['what']}: {note}" for row in rows for note in row["notes"]
            )
        ),
        "",
    ]
    if (results.FOLDER / f"{PLOT}.svg").exists():
        parts += [f"![Latency against rate](tests/bench/results/{PLOT}.svg)", ""]
    parts += ["    make bench        # all of it, a quarter of an hour; plots and numbers go to tests/bench/results",
              "    make bench-quick  # the first rows, in a minute"]  # fmt: skip
    notes = NOTES.read_text().strip() if NOTES.exists() else ""
    return "\n".join([*parts, "", notes] if notes else parts)


def _line(row: dict[str, Any]) -> str:
    values, unit = row["values"], row["unit"]
    spread = (
        f"{median(values):.2f}{unit} ({min(values):.2f} to {max(values):.2f})"
        if values
        else "not measured"
    )
    counts = ", ".join(str(row[name]) for name in ("lost", "duplicated") if row[name] is not None)
    scaled = row["of"]["waiting"] != MILLION and "million" in row["what"]
    what = row["what"] + (f" (a million scaled down to {row['of']['waiting']:,})" if scaled else "")
    return f"| {what} | {spread} | {row['target']}{unit} | {row['verdict']} | {counts} | {row['sides']} |"


def rewritten(readme: str, new: str) -> str:
    """Return the README with what stands between the markers replaced; raises ValueError where they
    are missing.
    """
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks the markers {BEGIN} and {END}")
    return f"{head}{begin}\n{new}\n{end}{tail}"


def main() -> int:
    """Write the section; 1 where there is nothing to write or no place for it."""
    readme, kept = ROOT / "README.md", results.read()
    if not kept["rows"]:
        print("no results yet: make bench", file=sys.stderr)
        return 1
    try:
        readme.write_text(rewritten(readme.read_text(), section(kept)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
