"""`make faults`: every scenario in its long form; a table, a JSON file, a picture. Exits 1 if a 200
is lost.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from deploy.local.rabbitmq import Node
from tests.faults import picture, scenarios
from tests.faults.cluster import Cluster
from tests.faults.earlier import why_not
from tests.faults.ledger import Row
from tests.faults.scenario import SCENARIOS, Scenario
from tests.faults.stage import Stage

RESULTS = Path(__file__).parents[2] / ".run/faults"


def main() -> int:
    """Run the scenarios whose name holds one of the words, on one node or three as they ask."""
    parser = argparse.ArgumentParser("tests.faults", description=__doc__)
    parser.add_argument("word", nargs="*", help="only scenarios whose name holds one of these")
    parser.add_argument("--short", action="store_true", help="the form of the test suite")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    arguments = parser.parse_args()
    scenarios.load()
    plans = [
        plan
        for plan in SCENARIOS.values()
        if not arguments.word or any(word in plan.name for word in arguments.word)
    ]
    for plan in [plan for plan in plans if plan.begins_as and why_not(plan.begins_as)]:
        print(f"{plan.name}: left out: {why_not(plan.begins_as)}", file=sys.stderr)
        plans.remove(plan)
    arguments.results.mkdir(parents=True, exist_ok=True)
    done: list[tuple[Row, Stage]] = []
    with tempfile.TemporaryDirectory(prefix="hookline-faults-") as folder:
        for count in sorted({plan.nodes for plan in plans}):
            chosen = [plan for plan in plans if plan.nodes == count]
            done += _on_brokers(Path(folder) / str(count), count, chosen, full=not arguments.short)
    _write(arguments.results, done)
    return (
        1
        if any(row.lost or row.recovery is None for row, _ in done) or len(done) < len(plans)
        else 0
    )


def _on_brokers(
    folder: Path, count: int, plans: list[Scenario], *, full: bool
) -> Iterable[tuple[Row, Stage]]:
    brokers = Node(folder) if count == 1 else Cluster(folder)
    brokers.start()
    nodes = [brokers] if isinstance(brokers, Node) else brokers.nodes
    try:
        version = nodes[0].ctl("eval", "rabbit_misc:version().").strip().strip('"')
        for number, plan in enumerate(plans):
            stage = Stage(nodes, f"f{number}", folder / f"scenario{number}", plan, full=full)
            stage.folder.mkdir()
            try:
                row = asyncio.run(stage.play(plan.name, version))
            except Exception as error:  # noqa: BLE001 - the others are still to be run
                print(f"{plan.name}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            print(
                " · ".join(
                    f"{name} {value}" for name, value in (row.cells() | stage.measured).items()
                ),
                flush=True,
            )
            yield row, stage
            for node in nodes:
                node.start()
    finally:
        brokers.stop()


def _write(folder: Path, done: list[tuple[Row, Stage]]) -> None:
    rows = [row.cells() for row, _ in done]
    if not rows:
        return
    lines = [
        list(rows[0]),
        ["---"] * len(rows[0]),
        *([str(value) for value in row.values()] for row in rows),
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    (folder / "faults.md").write_text(f"{table}\n")
    (folder / "faults.json").write_text(
        json.dumps([row.cells() | stage.measured for row, stage in done], indent=1)
    )
    picture.draw(folder / "faults.svg", [(row.scenario, stage.ledger) for row, stage in done])
    print(f"\n{table}\n\nin {folder}: faults.md, faults.json, faults.svg")


if __name__ == "__main__":
    sys.exit(main())
