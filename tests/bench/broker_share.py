"""The sweep over what the broker takes for a webhook: processor time and disk, of one node and of
three.

Two cores cannot show how many webhooks a second a broker of more cores takes. They show what one
webhook takes of it, which hardly depends on how full the machine is.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from deploy.local.rabbitmq import Node
from tests.bench import crews, messages, sites
from tests.bench.processes import TICKS
from tests.bench.stage import Stage
from tests.faults.cluster import CONFIG, Cluster

BLOCK = 512
"""Bytes: the unit of `st_blocks`."""
Shares = dict[str, float]


def sweep(stage: Stage) -> dict[str, Any]:
    """Return medians for a broker of one node and of three: microseconds and bytes a webhook."""
    found = {"1": _shares(stage, [stage.node])}
    with _three_nodes(stage.path("cluster")) as nodes:
        found["3"] = _shares(replace(stage, node=nodes[0]), nodes)
    return found


@contextmanager
def _three_nodes(folder: Path) -> Iterator[list[Node]]:
    cluster = Cluster(folder, (CONFIG,) * 3)
    try:
        yield cluster.start().nodes
    finally:
        cluster.stop()


def _shares(stage: Stage, nodes: Sequence[Node]) -> Shares:
    rounds = [*_stored(stage, nodes)]
    taken = [*_worked_off(stage, nodes)]
    every = [one | other for one, other in zip(rounds, taken, strict=True)]
    return {name: round(median(one[name] for one in every), 1) for name in every[0]}


def _stored(stage: Stage, nodes: Sequence[Node]) -> Iterator[Shares]:
    """Have the ingress store webhooks, and look at it, at the nodes and at one of their disks."""
    count = stage.webhooks
    with sites.hookline(stage, sites.requests(stage)) as site:
        for _ in range(stage.pairs):
            site.broker.purge(site.queue)
            ours, used = site.program.cpu, _on_disk(nodes[0])
            theirs = _measured(nodes, partial(site.post, count))
            yield {
                "ingress": (site.program.cpu - ours) / count * 1e6,
                "storing": theirs / count * 1e6,
                "disk beside the body": (_on_disk(nodes[0]) - used) / count - messages.SIZE,
            }
        site.broker.purge(site.queue)


def _worked_off(stage: Stage, nodes: Sequence[Node]) -> Iterator[Shares]:
    """Have the worker handle webhooks that wait, and look at it and at the nodes."""
    count = stage.webhooks
    with crews.hookline(stage, "raw", stage.pairs * count) as crew:
        for _ in range(stage.pairs):
            numbers = crew.lay(count)
            ours = crew.program.cpu
            theirs = _measured(nodes, partial(crew.work_off, numbers))
            yield {
                "worker": (crew.program.cpu - ours) / count * 1e6,
                "handing out": theirs / count * 1e6,
            }


def _measured(nodes: Sequence[Node], work: Callable[[], object]) -> float:
    """Return the seconds of processor time that all nodes together take while something is done."""
    before = sum(_cpu(node) for node in nodes)
    work()
    return sum(_cpu(node) for node in nodes) - before


def _cpu(node: Node) -> float:
    fields = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _on_disk(node: Node) -> int:
    """Return the bytes that the node's files take."""
    every = (Path(folder) / name for folder, _, names in os.walk(node.folder) for name in names)
    return sum(_allocated(one) for one in every)


def _allocated(file: Path) -> int:
    try:
        return file.stat().st_blocks * BLOCK
    except FileNotFoundError:  # the broker is done with it
        return 0
