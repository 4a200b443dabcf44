"""The rows about the processes themselves: memory, start, and what an idle one costs."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median

from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from tests.bench import crews, messages, sites
from tests.bench.processes import Program, is_ready, running
from tests.bench.samples import Measured
from tests.bench.stage import Stage

EARLY, BATCH = 10_000, 20_000
IDLE, BUSY = 20, 5
"""Seconds over which an idle worker's CPU, and a busy one's memory, are taken."""
HEAVIEST = 5
"""Imports that are named."""
Started = tuple[AbstractContextManager[Program], int]
"""A command to be started, and its admin port."""


def ingress_memory(stage: Stage) -> Measured:
    """Take the ingress's memory after a few webhooks and after very many."""
    lost = 0
    with sites.hookline(stage, sites.requests(stage)) as site:
        early = site.sample(EARLY)
        first = site.program.rss_mb
        for start in range(EARLY, stage.waiting, BATCH):
            sample = site.sample(min(BATCH, stage.waiting - start))
            lost += sample.lost
        last = site.program.rss_mb
    told = f"{first:.1f} MB after {EARLY:,}, {last:.1f} MB after {stage.waiting:,}"
    return Measured(
        [last - first], " MB", told, lost + early.lost, series={"ingress, MB": [first, last]}
    )


def worker_memory(stage: Stage) -> Measured:
    """Take the worker's greatest memory in its first seconds, without and with very many messages
    waiting.
    """
    app, body = stage.app(), messages.order()
    queue = WorkQueue.of(app, "raw", TopicPattern.parse(messages.TOPIC)).name
    tally = crews.Tally(stage.path("tally"), stage.waiting)
    with stage.broker() as broker:
        none = _busiest(stage, app, str(tally.path))
        broker.fill(queue, messages.webhook(app, body), body, range(stage.waiting))
        many = _busiest(stage, app, str(tally.path))
        left = broker.count(queue)
        broker.purge(queue)
    told = (
        f"{none:.1f} MB idle, {many:.1f} MB with {stage.waiting:,} waiting, "
        f"of which {left:,} still were"
    )
    return Measured([many - none], " MB", told, series={"worker, MB": [none, many]})


def _busiest(stage: Stage, app: str, tally: str) -> float:
    (admin,) = free_ports(1)
    with crews.worker(stage, app, admin, ["ours", "--consumer", "raw"], TALLY=tally) as program:
        program.await_that(is_ready(admin), "ready")
        return max(_memory(program) for _ in range(BUSY * 10))


def _memory(program: Program) -> float:
    time.sleep(0.1)
    return program.rss_mb


def ingress_start(stage: Stage) -> Measured:
    """Time from the start of the command until a webhook would be stored."""

    def start(**more: str) -> Started:
        port, admin = free_ports(2)
        env = {
            "HOOKLINE_AMQP_URL": stage.node.url(),
            "HOOKLINE_SECRETS": messages.SECRET,
            "HOOKLINE_HOST": "127.0.0.1",
            "HOOKLINE_PORT": str(port),
            "HOOKLINE_ADMIN_PORT": str(admin),
            "HOOKLINE_DRAIN_DELAY": "0",
        }
        return running("hookline-ingress", ["hookline-ingress"], env | more, stage.folder), admin

    return _starts(stage, start)


def worker_start(stage: Stage) -> Measured:
    """Time from the start of the command until its queues are consumed."""
    app, tally = stage.app(), crews.Tally(stage.path("tally"), 1)

    def start(**more: str) -> Started:
        (admin,) = free_ports(1)
        return crews.worker(
            stage, app, admin, ["ours", "--consumer", "raw"], TALLY=str(tally.path), **more
        ), admin

    return _starts(stage, start)


def _starts(stage: Stage, start: Callable[..., Started]) -> Measured:
    """Start it again and again, and at last to be told what its imports take."""
    values = [_until_ready(*start())[0] for _ in range(stage.pairs + 1)]
    _, told = _until_ready(*start(PYTHONPROFILEIMPORTTIME="1"))
    sides = f"the first, which declares the topology, took {values[0]:.2f} s and is left out"
    return Measured(values[1:], " s", sides, notes=[imports(told)])


def _until_ready(starting: AbstractContextManager[Program], admin: int) -> tuple[float, str]:
    with starting as program:
        program.await_that(is_ready(admin), "ready", pause=0.005)
        return time.monotonic() - program.started, program.log.read_text()


def imports(told: str) -> str:
    """Say what the imports took, from what `python -X importtime` tells, and which the most by
    themselves.
    """
    found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", told, re.MULTILINE)
    own = sorted(((int(micros) / 1000, name) for micros, name in found), reverse=True)
    most = ", ".join(f"{name} {took:.0f} ms" for took, name in own[:HEAVIEST])
    total = sum(took for took, _ in own)
    return f"imports, by -X importtime: {len(own)} modules in {total:.0f} ms; most: {most}"


def idle(stage: Stage) -> Measured:
    """Take the CPU of a worker whose hundred consumers have nothing to do."""
    app, (admin,) = stage.app(), free_ports(1)
    with crews.worker(stage, app, admin, ["ours_hundred"]) as program:
        program.await_that(is_ready(admin), "ready")
        time.sleep(3)
        values = [_share(program, IDLE / stage.pairs) for _ in range(stage.pairs)]
    return Measured(values, " %", f"{median(values):.3f} % of a core over {IDLE} s")


def _share(program: Program, seconds: float) -> float:
    before, began = program.cpu_exact, time.monotonic()
    time.sleep(seconds)
    return (program.cpu_exact - before) / (time.monotonic() - began) * 100
