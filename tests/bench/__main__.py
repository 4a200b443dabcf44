"""`python -m tests.bench`: measure the rows, print the table, keep the results. See the Makefile
for how it is run.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from tests.bench import plots, results
from tests.bench.machine import described
from tests.bench.processes import NotMeasuredError
from tests.bench.queues import UnexpectedAnswerError
from tests.bench.rows import ROWS, Row
from tests.bench.samples import Measured
from tests.bench.stage import Stage, private_broker
from tests.bench.sweeps import SWEEPS

QUICK = {"pairs": 3, "webhooks": 10_000, "waiting": 100_000}
FAILURES = (NotMeasuredError, UnexpectedAnswerError, OSError, subprocess.SubprocessError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 1 when a promise was missed or could not be measured."""
    arguments = _parser().parse_args(argv)
    asked = {
        name: getattr(arguments, name) for name in QUICK if getattr(arguments, name) is not None
    }
    with private_broker() as (node, folder):
        stage = Stage(node, folder, **((QUICK if arguments.quick else {}) | asked))
        machine = described(node)
        print(
            "  ".join(f"{name} {value}" for name, value in machine.items()), end="\n\n", flush=True
        )
        sizes = {name: getattr(stage, name) for name in QUICK} | {"at": time.strftime("%Y-%m-%d")}
        verdicts = [
            _measure(row, stage, machine, None if arguments.quick else sizes)
            for row in _rows(arguments)
        ]
        for name in _sweeps(arguments):
            _sweep(name, stage, machine, sizes)
    if not arguments.quick:
        plots.draw(results.FOLDER)
    return int(any(verdict != "met" for verdict in verdicts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tests.bench", description="Compares Hookline with what else there is."
    )
    parser.add_argument(
        "--quick", action="store_true", help="the first rows, smaller, in a minute; nothing is kept"
    )
    parser.add_argument(
        "--row", action="append", choices=[row.key for row in ROWS], help="only this; repeatable"
    )
    parser.add_argument(
        "--sweep", action="append", choices=[*SWEEPS], help="only what this plot shows; repeatable"
    )
    parser.add_argument("--pairs", type=int, help="rounds of each pair (3)")
    parser.add_argument("--webhooks", type=int, help="a round (20000)")
    parser.add_argument("--waiting", type=int, help="how many a million is (1000000)")
    return parser


def _rows(arguments: argparse.Namespace) -> list[Row]:
    if arguments.row or arguments.sweep:
        return [row for row in ROWS if row.key in (arguments.row or ())]
    return [row for row in ROWS if row.quick or not arguments.quick]


def _sweeps(arguments: argparse.Namespace) -> list[str]:
    return arguments.sweep or ([] if arguments.quick or arguments.row else [*SWEEPS])


def _measure(
    row: Row, stage: Stage, machine: dict[str, str], kept_as: dict[str, Any] | None
) -> str:
    began = time.monotonic()
    try:
        measured = row.measure(stage)
    except FAILURES as error:
        measured = Measured([], notes=[f"not measured: {error}"])
    result = {"what": row.what, "target": row.target, "verdict": row.verdict(measured)} | asdict(
        measured
    )
    result["seconds"] = round(time.monotonic() - began, 1)
    _show(result)
    if kept_as is not None:
        results.keep("rows", row.key, result, machine, kept_as)
    return str(result["verdict"])


def _show(result: dict[str, Any]) -> None:
    values, unit = result["values"], result["unit"]
    value = (
        f"{median(values):.2f}{unit} ({min(values):.2f} to {max(values):.2f})" if values else "-"
    )
    pairs = (("lost", result["lost"]), ("twice", result["duplicated"]))
    counted = ", ".join(f"{name} {count}" for name, count in pairs if count is not None)
    print(
        f"{result['what']:<52} {value:<28} {result['target']:<8} {result['verdict']:<12} {counted}"
    )
    for line in [result["sides"], *result["notes"]]:
        if line:
            print(f"    {line}")
    sys.stdout.flush()


def _sweep(name: str, stage: Stage, machine: dict[str, str], sizes: dict[str, Any]) -> None:
    began = time.monotonic()
    try:
        found = SWEEPS[name](stage)
    except FAILURES as error:
        print(f"{name} could not be plotted: {error}", flush=True)
        found = {"not measured": str(error)}
    print(f"swept {name} in {time.monotonic() - began:.0f} s", flush=True)
    results.keep("sweeps", name, {"found": found}, machine, sizes)


def _end(*_: object) -> None:
    sys.exit(1)  # through every `finally`: whatever was started is ended


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    sys.exit(main())
