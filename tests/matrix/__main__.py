"""`make matrix`: the suite on every Python and RabbitMQ that this machine can run; says what it
could not, and why.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.matrix.brokers import find_brokers
from tests.matrix.legs import Leg, choose
from tests.matrix.pythons import find_pythons
from tests.matrix.results import Result, exit_code, table
from tests.matrix.running import KEPT, ROOT, run

TOOLS = Path(os.environ.get("MATRIX_TOOLS", ROOT.parent / "shared/tools"))


def main() -> int:
    """Run the legs, print a table, and return 0 where all that ran passed and none that was asked
    for was left out.
    """
    arguments = _parser().parse_args()
    legs = choose(
        find_pythons(arguments.tools),
        find_brokers(arguments.tools, arguments.server),
        only_pythons=arguments.python,
        only_brokers=arguments.broker,
        every=arguments.every,
    )
    if not legs:
        print("no such leg: see --help for the versions", file=sys.stderr)
        return 2

    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        str(arguments.jobs),
        "--dist",
        "loadgroup",
        *arguments.only,
    ]
    results: list[Result] = []
    try:
        results.extend(
            _run(leg, arguments.tools, options) for leg in legs
        )  # one by one: a stop keeps what is done
    except KeyboardInterrupt:
        print("\nstopped; the legs so far:", file=sys.stderr)
    print(f"\n{table(results)}\n\nlogs: {KEPT}")
    if len(results) < len(legs):
        return 130
    return exit_code(results, all_needed=bool(arguments.python or arguments.broker))


def _run(leg: Leg, tools: Path, options: list[str]) -> Result:
    name = f"Python {leg.python.version}, RabbitMQ {leg.broker.version}"
    if leg.why_not:
        return Result(leg, why_not=leg.why_not)
    print(f"{name} …", flush=True)
    result = run(leg, tools, options)
    numbers = ", ".join(f"{number} {what}" for what, number in result.counts.items())
    print(f"{name}: {numbers or result.told.strip()}", flush=True)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "tests.matrix",
        description="Runs the suite on each Python with the installed RabbitMQ, "
        "and on each RabbitMQ with this Python.",
        epilog="Exits 1 where a test failed, or where the local leg or a chosen one was not run.",
    )
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="X.Y",
        help="only this one; may be repeated",
    )
    parser.add_argument(
        "--broker",
        action="append",
        default=[],
        metavar="X.Y",
        help="only this one; may be repeated",
    )
    parser.add_argument("--every", action="store_true", help="every Python with every RabbitMQ")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATH",
        help="only these tests; may be repeated (everything)",
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="processes that run tests (2)"
    )
    parser.add_argument(
        "--server", action="append", default=[], type=Path, metavar="FILE",
        help="the rabbitmq-server script of a further RabbitMQ; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--tools",
        type=Path,
        default=TOOLS,
        metavar="FOLDER",
        help="holds debian-root and rabbitmq-tree, which lay out what is not here "
        f"(MATRIX_TOOLS, else {TOOLS})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
