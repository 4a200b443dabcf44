"""`python -m tests.bench.capacity_page`: write the tables of deploy/CAPACITY.md and README.md.

With options (`--consumers 3 --handler 0.25`) it prints them for your own assumptions instead.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from tests.bench import results, sale_table
from tests.bench.capacity import Needs, needs
from tests.bench.capacity_words import ASSUMED, MEASURED, PUBLISHED
from tests.bench.fills import FILLS
from tests.bench.marked import rewritten
from tests.bench.parameters import DAY, GB, GIB, Costs, Wanted

DEPLOY = Path(__file__).parents[2] / "deploy"
PEAK = 145_000
"""Webhooks a second: the load whose peak is given, and not its day."""
LOADS: tuple[tuple[str, float | None], ...] = (
    ("1 million a day", 1e6 / DAY),
    ("10 million a day", 1e7 / DAY),
    ("100 million a day", 1e8 / DAY),
    (f"a peak of {PEAK:,} a second", None),
)

ROWS: tuple[tuple[str, Callable[[Needs], str]], ...] = (
    (
        "webhooks a second: mean, peak",
        lambda one: f"{_number(one.mean)}, {_number(one.peak)}",
    ),
    ("messages a second at the broker, at the peak", lambda one: _number(one.messages)),
    ("ingress processes, a core each, one of them to spare", lambda one: f"{one.ingresses:,}"),
    ("worker processes that keep up with the mean", lambda one: f"{one.workers_mean:,}"),
    (
        "worker processes that have worked the peak off in time",
        lambda one: f"{one.workers_caught_up:,}",
    ),
    ("worker processes that keep up with the peak", lambda one: f"{one.workers_peak:,}"),
    (
        "brokers, nodes of each, cores of each node",
        lambda one: f"{one.clusters}, {one.cluster.nodes}, {one.cluster.cores}",
    ),
    (
        "cores that the brokers compute on at the peak, by our own measure",
        lambda one: f"{one.cores:.1f}",
    ),
    (
        "partitions of the busiest queue: RabbitMQ 3.12 and later, before",
        lambda one: f"{one.partitions}, {one.partitions_before}",
    ),
    (
        "partitions that keep up, where a consumer has any",
        lambda one: f"{one.partitions_working}",
    ),
    ("queues of each broker", lambda one: f"{one.queues}"),
    ("disk of each node", lambda one: f"{_number(one.disk / GB)} GB"),
    (
        "disk of each node that an hour of the peak takes while nobody handles it",
        lambda one: f"{_number(one.disk_an_hour / GB)} GB",
    ),
    ("memory of each node, at least", lambda one: f"{one.memory / GIB:.1f} GiB"),
    (
        "network from the ingresses to the brokers",
        lambda one: f"{_number(one.network / 1e6)} Mbit/s",
    ),
)


PRINTED = ("needs", "fills", "parameters")
"""Tables that depend on what is wanted."""
TABLES = {"CAPACITY.md": (*PRINTED, "sale", "plan"), "README.md": ("sizes",)}
"""Which tables each document of `deploy/` has."""
SHORT = (1e5, 1e6, 1e7, 1e8)
"""Webhooks a day, of the short table."""


def tables(costs: Costs, wanted: Wanted) -> dict[str, str]:
    """Return what stands between each pair of markers."""
    return {
        "needs": needed(costs, wanted),
        "fills": fills(costs, wanted),
        "parameters": parameters(costs, wanted),
        "sizes": sizes(costs, wanted),
        "sale": _whole(sale_table.courses()),
        "plan": _whole(sale_table.plan()),
    }


def sizes(costs: Costs, wanted: Wanted) -> str:
    """Return the short table: a line for each load."""
    each = [(day, needs(day / DAY, costs, wanted)) for day in SHORT]
    rows = [
        [
            f"{day:,.0f}",
            f"{_number(one.mean)}, {_number(one.peak)}",
            f"{one.ingresses}",
            f"{one.workers_mean}, {one.workers_caught_up}",
            f"{one.clusters}: {one.cluster.nodes} nodes, {one.cluster.cores} cores each",
        ]
        for day, one in each
    ]
    head = [
        "webhooks a day",
        "a second: mean, peak",
        "ingress processes",
        "workers: for the mean, after the peak",
        "brokers",
    ]
    return _table(head, rows)


def needed(costs: Costs, wanted: Wanted) -> str:
    """Return the table of what each load takes."""
    each = [needs(mean or PEAK / wanted.peak, costs, wanted) for _, mean in LOADS]
    rows = [[what, *(told(one) for one in each)] for what, told in ROWS]
    return _table(["", *(name for name, _ in LOADS)], rows)


def fills(costs: Costs, wanted: Wanted) -> str:
    """Return the table of what is full when, first what is full first."""
    first = sorted(FILLS, key=lambda one: one.rate(costs, wanted))
    rows = [[_number(one.rate(costs, wanted)), one.what, one.seen, one.do] for one in first]
    return _table(["webhooks a second", "what is full", "how it is seen", "what to do"], rows)


def parameters(costs: Costs, wanted: Wanted) -> str:
    """Return the table of all that the others are computed from."""
    rows = [
        *_named(costs, MEASURED, "measured"),
        *([what, value, f"published: {source}"] for what, value, source in PUBLISHED),
        *_named(wanted, ASSUMED, "assumed"),
    ]
    return _table(["what", "value", "where it is from"], rows)


def _named(held: Costs | Wanted, names: dict[str, tuple[str, str]], source: str) -> list[list[str]]:
    return [
        [what, f"{_number(getattr(held, name))}{unit}", _source(name, source)]
        for name, (what, unit) in names.items()
    ]


def _source(name: str, source: str) -> str:
    return f"{source}: `--{name.replace('_', '-')}`" if source == "assumed" else source


def _number(value: float) -> str:
    """Write a number as one reads it: two figures where it is small, none behind the point else."""
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.2g}"


def _whole(table: Sequence[Sequence[str]]) -> str:
    return _table(table[0], table[1:])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def begin(name: str) -> str:
    """Return the marker before a table."""
    return f"<!-- {name}: written by `python -m tests.bench.capacity_page` -->"


def end(name: str) -> str:
    """Return the marker behind it."""
    return f"<!-- {name}: end -->"


def computed(document: str) -> str:
    """Return the text of a document of `deploy/` with all its tables as they are computed.

    Raises ValueError for a marker that is missing.
    """
    text = (DEPLOY / document).read_text()
    every = tables(Costs.measured(results.read()), Wanted())
    for name in TABLES[document]:
        text = rewritten(text, every[name], begin(name), end(name))
    return text


def write() -> None:
    """Write the tables into all documents that have some."""
    for document in TABLES:
        (DEPLOY / document).write_text(computed(document))


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables, or print those of the page for other assumptions than its own."""
    parser = argparse.ArgumentParser("python -m tests.bench.capacity_page", description=__doc__)
    for field in fields(Wanted):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=_positive, metavar="N")
    asked = {name: value for name, value in vars(parser.parse_args(argv)).items() if value}

    if asked:
        every = tables(Costs.measured(results.read()), replace(Wanted(), **asked))
        print(*(every[name] for name in PRINTED), sep="\n\n")
        return 0

    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
