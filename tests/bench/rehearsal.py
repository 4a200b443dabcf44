"""The simulation beside a real run: a burst above what the worker does, with a broker that stands
still in the middle, once in simulated time and once with real processes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Thread

from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from tests.bench import crews, results, sites
from tests.bench.load import Load, post
from tests.bench.plan import Loss, Plan
from tests.bench.processes import NotMeasuredError, is_ready
from tests.bench.sales import small
from tests.bench.samples import Measured
from tests.bench.simulation import Sale
from tests.bench.stage import Stage

CONNECTIONS = 1_200
"""More than an ingress has places, so that it has somebody to refuse."""
LOOK = 0.05
"""Seconds between two looks at the queue."""
LAST = 10
"""Seconds for the last handlers to end."""
LONGEST = 100
"""Seconds for a burst and for what it leaves."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run and a simulation are compared by."""

    peak: float
    """Webhooks that waited, at most."""
    drain: float
    """Seconds from the end of the burst until none waited any more."""
    refused: float
    """Answers 503."""


def small_sale(stage: Stage) -> Measured:
    """Compare the sale that this machine can run."""
    return compared(small(results.read()), stage)


def compared(plan: Plan, stage: Stage) -> Measured:
    """Run a plan once for real, and in simulated time: about a minute. The value is by how many
    percent the simulation is off at worst. The broker stands still in both for as long as it did.
    """
    real, loss = _rehearsed(plan, stage)
    course = Sale(replace(plan, loss=loss)).run()
    simulated = Outcome(course.peak, course.drained - plan.rush_ends, course.refused)
    measured = Measured([worst(simulated, real)], " %")
    measured.sides = f"simulated {_told(simulated)} / real {_told(real)}"
    measured.series = {
        f"{name}, {side}": [value]
        for side, one in (("simulated", simulated), ("real", real))
        for name, value in asdict(one).items()
    }
    return measured


def worst(simulated: Outcome, real: Outcome) -> float:
    """Return the greatest difference between two outcomes, in percent of what was real."""
    pairs = (
        (simulated.peak, real.peak),
        (simulated.drain, real.drain),
        (simulated.refused, real.refused),
    )
    return max(abs(told - was) / was * 100 for told, was in pairs)


def _told(one: Outcome) -> str:
    return f"{one.peak:,.0f} waiting, gone in {one.drain:.1f} s, {one.refused:,.0f} answers 503"


def _rehearsed(plan: Plan, stage: Stage) -> tuple[Outcome, Loss]:
    app, seen = stage.app(), stage.path("moments")
    wanted = sites.requests(stage)
    with _slow(stage, app, seen, plan.handler), sites.hookline(stage, wanted, app) as site:
        queue = WorkQueue.of(app, "slow", TopicPattern.parse("orders/create")).name
        _await_lines(seen, sites.WARM, LONGEST)
        began = time.monotonic()

        posting = _Posting(plan, stage, site)
        posting.start()
        loss = _stalled(plan, stage, began)
        peak, gone = _watched(site, queue, posting, began)
        posting.join()

        load = posting.load
        if load is None or load.broken:
            raise NotMeasuredError(f"the burst was not answered: {load}")
        _await_lines(seen, sites.WARM + load.ok, LAST)
        return Outcome(peak, gone - plan.rush_ends, load.refused), loss


@contextmanager
def _slow(stage: Stage, app: str, seen: Path, seconds: float) -> Iterator[None]:
    (admin,) = free_ports(1)
    env = {"MOMENTS": str(seen), "HANDLER_SECONDS": str(seconds)}
    with crews.worker(stage, app, admin, ["ours_slow"], **env) as program:
        program.await_that(is_ready(admin), "ready")
        yield


class _Posting(Thread):
    """The load program, while somebody else looks at the queue."""

    def __init__(self, plan: Plan, stage: Stage, site: sites.Site) -> None:
        super().__init__(name="posting", daemon=True)
        self._plan = plan
        self._stage = stage
        self._site = site
        self.load: Load | None = None

    def run(self) -> None:
        rate = round(self._plan.peak)
        self.load = post(
            self._stage.folder,
            self._site.port,
            self._site.requests,
            round(rate * self._plan.rush),
            rate=rate,
            connections=CONNECTIONS,
        )


def _stalled(plan: Plan, stage: Stage, began: float) -> Loss:
    """Have the broker stand still at its moment, for its time, and return when it really did, and
    for how long: on a busy machine a little later, and longer.
    """
    time.sleep(max(0, began + plan.loss.at - time.monotonic()))
    at = time.monotonic()
    stage.node.freeze()
    try:
        time.sleep(plan.loss.stall)
    finally:
        stage.node.thaw()
    return Loss(at - began, time.monotonic() - at)


def _watched(site: sites.Site, queue: str, posting: _Posting, began: float) -> tuple[int, float]:
    """Return how many waited at most, and after how many seconds none did any more."""
    peak, deadline = 0, began + LONGEST
    while True:
        waiting = site.broker.count(queue)
        peak = max(peak, waiting)
        if not waiting and not posting.is_alive():
            return peak, time.monotonic() - began
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"{waiting} still waited {LONGEST} s after the burst began")
        time.sleep(LOOK)


def _lines(seen: Path) -> int:
    return seen.read_bytes().count(b"\n") if seen.exists() else 0


def _await_lines(seen: Path, wanted: int, seconds: float) -> None:
    """Wait for what the last handlers note; raises NotMeasuredError where one is missing, or comes
    twice.
    """
    deadline = time.monotonic() + seconds
    while (found := _lines(seen)) < wanted and time.monotonic() < deadline:
        time.sleep(LOOK)
    if found != wanted:
        raise NotMeasuredError(f"{wanted} were accepted, and {found} handled")
