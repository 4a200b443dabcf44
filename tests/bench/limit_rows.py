"""The row about limits: how well several workers together keep to a rate."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from tests.bench import crews, messages
from tests.bench.processes import is_ready
from tests.bench.samples import Measured
from tests.bench.stage import Stage

RATE = 600
"""Attempts a minute: what peers/ours.py declares."""
MINUTE = 60.0
SHARED = 25.0
"""Seconds until each of several workers has heard of the others (20 s) and goes on evenly."""
ENOUGH = 2_000


@dataclass(frozen=True, slots=True)
class _Lot:
    """So many workers of one app."""

    stage: Stage
    app: str
    workers: int
    tally: crews.Tally

    def fill(self) -> None:
        """Give them more to do than they may."""
        body = messages.order()
        queue = WorkQueue.of(self.app, "limited", TopicPattern.parse(messages.TOPIC)).name
        with self.stage.broker() as broker:
            broker.fill(queue, messages.webhook(self.app, body), body, range(ENOUGH))

    @property
    def handled(self) -> int:
        """How many were handled by now."""
        counts = self.tally.counts(range(ENOUGH))
        return ENOUGH - counts.count(0)


def kept_rate(stage: Stage) -> Measured:
    """Have one worker, two, and four, each lot for itself, work at one rate for the same minute."""
    with ExitStack() as stack:
        lots = [_started(stage, stack, workers) for workers in (1, 2, 4)]
        for lot in lots:
            lot.fill()
        time.sleep(SHARED)
        before = [lot.handled for lot in lots]
        time.sleep(MINUTE)
        handled = [lot.handled - had for lot, had in zip(lots, before, strict=True)]
        apart = [abs(count - RATE) / RATE * 100 for count in handled]
    told = ", ".join(f"{lot.workers}: {count}" for lot, count in zip(lots, handled, strict=True))
    series = {"handled in a minute": [float(count) for count in handled]}
    return Measured([max(apart)], " %", f"by so many workers, of {RATE}: {told}", series=series)


def _started(stage: Stage, stack: ExitStack, workers: int) -> _Lot:
    app = stage.app()
    tally = crews.Tally(stage.path(f"tally-{workers}"), ENOUGH)
    for _ in range(workers):
        (admin,) = free_ports(1)
        arguments = ["ours", "--consumer", "limited"]
        one = crews.worker(stage, app, admin, arguments, TALLY=str(tally.path))
        program = stack.enter_context(one)
        program.await_that(is_ready(admin), "ready")
    return _Lot(stage, app, workers, tally)
