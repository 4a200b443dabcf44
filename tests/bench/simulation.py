"""A flash sale in simulated time: webhooks come, are stored, wait, and are handled.

It has an event loop of its own, a heap of twenty lines: a webhook is three events, so that millions
of them take a minute. A library of simulated processes (simpy) would run a generator for each.

    sent -> door: a place and a turn of its core, or 503 -> store: one after the other, at the rate
    of the broker -> crew: waits until a handler is free -> handled

Nothing here knows how anything is measured, or plotted. Times are seconds.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import cycle
from math import exp, log
from random import Random

from tests.bench.plan import Plan

DRAWS = 4_096
"""Handler times that are drawn, and then used again and again."""


class EndlessError(RuntimeError):
    """A plan that nobody works off: more comes than is handled."""


class Loop:
    """Simulated time: what is due first is done first, and what is due at once in the order in
    which it was planned.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Callable[[float], None], float]] = []
        self._count = 0

    def at(self, moment: float, do: Callable[[float], None], what: float = 0) -> None:
        """Plan something, which is told `what`. A moment that is past is now."""
        self._count += 1
        heappush(self._planned, (max(moment, self.now), self._count, do, what))

    def run(self) -> None:
        """Do all that is planned, and all that is planned meanwhile."""
        planned = self._planned
        while planned:
            self.now, _, do, what = heappop(planned)
            do(what)


@dataclass(frozen=True, slots=True)
class Point:
    """How it stands at a moment: what waits, for how long the oldest has, and since the last point
    how many were accepted, refused and handled.
    """

    at: float
    waiting: int
    lag: float
    accepted: int
    refused: int
    handled: int


@dataclass(slots=True)
class Course:
    """What came of it. Each count is of webhooks, but for `refused`, which are answers."""

    points: list[Point] = field(default_factory=list)
    sent: int = 0
    accepted: int = 0
    refused: int = 0
    given_up: int = 0
    """Never accepted, because the sender did not send them again."""
    stored: int = 0
    twice: int = 0
    """Stored though they were answered 503: their sender sends them again."""
    handled: int = 0
    peak: int = 0
    """The most that waited."""
    longest: float = 0
    """The longest that one waited."""
    drained: float = 0
    """When for the first time after the rush nothing waited any more."""
    sojourn: float = 0
    """All seconds that stored webhooks spent waiting or with a handler, added up."""
    area: float = 0
    """How many were waiting or with a handler, summed over time: by Little's law the same."""


class Store:
    """The broker: stores one webhook after the other, at a rate that a lost node and a long queue
    take from.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._free = 0.0

    def stored(self, at: float, waiting: int) -> float:
        """Return when a webhook that comes at a moment is stored."""
        plan = self._plan
        start = plan.loss.over(max(at, self._free))
        rate = plan.store_rate * plan.loss.left_at(start) * plan.slowed(waiting)
        self._free = start + 1 / rate
        return self._free


class Sale:
    """One course of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.course = Course()
        self._loop = Loop()
        self._random = Random(plan.seed)  # noqa: S311 - a course is to be the same again
        self._store = Store(plan)
        self._cores = [0.0] * plan.ingresses
        self._places = [0] * plan.ingresses
        self._turn = 0
        self._waiting: deque[float] = deque()
        self._free = deque(number % plan.workers for number in range(plan.handlers))
        self._crew = [0.0] * plan.workers
        self._times = handler_times(plan, self._random)
        self._here = 0
        self._changed = 0.0
        self._told = (0, 0, 0)
        self._open = 0
        """Sent, and neither accepted nor given up."""

    def run(self) -> Course:
        """Let it all happen; raises EndlessError."""
        self._loop.at(self._next_at(0), self._come)
        self._loop.at(0, self._tell)
        self._loop.run()
        return self.course

    def _next_at(self, now: float) -> float:
        gap = 1 / self.plan.rate(now)
        if not self.plan.even:
            gap = self._random.expovariate(1 / gap)
        return now + gap

    def _come(self, _: float) -> None:
        now = self._loop.now
        if self._is_over(now):
            return

        self.course.sent += 1
        self._open += 1
        self._send(now)
        self._loop.at(self._next_at(now), self._come)

    def _is_over(self, now: float) -> bool:
        drained, plan = self.course.drained, self.plan
        if now < plan.rush_ends:
            return False
        return not plan.mean or bool(drained and now >= drained + plan.calm)

    def _send(self, _: float) -> None:
        """Answer one request: 503 where its ingress has no place for it."""
        plan, now = self.plan, self._loop.now
        door = self._turn = (self._turn + 1) % plan.ingresses
        if self._places[door] >= plan.places:
            self._refuse(now)
            return

        self._places[door] += 1
        self._cores[door] = published = max(now, self._cores[door]) + plan.ingress_cost
        stored = self._store.stored(published, len(self._waiting))
        confirmed = stored + plan.confirm
        if confirmed <= published + plan.confirm_timeout:
            self._loop.at(confirmed, self._accept, door)
        else:
            self._loop.at(published + plan.confirm_timeout, self._late, door)
            self._loop.at(confirmed, self._wait)

    def _refuse(self, now: float) -> None:
        self.course.refused += 1
        if self.plan.resend:
            self._loop.at(now + self.plan.resend, self._send)
        else:
            self.course.given_up += 1
            self._open -= 1

    def _late(self, door: float) -> None:
        """Give up the wait for a confirm: 503, and all the same it is stored later."""
        self._places[int(door)] -= 1
        self.course.twice += 1
        self._refuse(self._loop.now)

    def _accept(self, door: float) -> None:
        self._places[int(door)] -= 1
        self.course.accepted += 1
        self._open -= 1
        self._wait(0)

    def _wait(self, _: float) -> None:
        self._count(+1)
        self.course.stored += 1
        self._waiting.append(self._loop.now)
        if self._free:
            self._hand_out()
        self.course.peak = max(self.course.peak, len(self._waiting))

    def _begin(self) -> None:
        """Have a free handler take the oldest."""
        now, worker = self._loop.now, self._free.popleft()
        since = self._waiting.popleft()
        self.course.longest = max(self.course.longest, now - since)

        self._crew[worker] = begun = max(now, self._crew[worker]) + self.plan.worker_cost
        done = begun + next(self._times) * self.plan.slowness(now) + self.plan.turn
        self.course.sojourn += done - since
        self._loop.at(done, self._end, worker)

    def _end(self, worker: float) -> None:
        self._count(-1)
        self.course.handled += 1
        self._free.append(int(worker))
        self._hand_out()

    def _hand_out(self, _: float = 0) -> None:
        """Give what waits to who is free, unless nobody leads the queue."""
        if self.plan.loss.is_away(self._loop.now):
            self._loop.at(self.plan.loss.over(self._loop.now), self._hand_out)
            return

        while self._free and self._waiting:
            self._begin()
        if not self._waiting and self._loop.now >= self.plan.rush_ends:
            self.course.drained = self.course.drained or self._loop.now

    def _count(self, change: int) -> None:
        now = self._loop.now
        self.course.area += self._here * (now - self._changed)
        self._changed = now
        self._here += change

    def _tell(self, _: float) -> None:
        """Write down how it stands, again and again until all is over."""
        now, course, waiting = self._loop.now, self.course, self._waiting
        counts = (course.accepted, course.refused, course.handled)
        if now > self.plan.longest:
            raise EndlessError(f"it is not over after {now:,.0f} s, and {len(waiting):,} wait")

        since = (now - before for now, before in zip(counts, self._told, strict=True))
        self._told = counts

        lag = now - waiting[0] if waiting else 0
        course.points.append(Point(now, len(waiting), lag, *since))
        if not self._is_over(now) or self._is_under_way:
            self._loop.at(now + self.plan.every, self._tell)

    @property
    def _is_under_way(self) -> bool:
        """Whether a webhook is to be answered, stored or handled yet."""
        course = self.course
        return bool(self._open or self._here or course.stored < course.accepted + course.twice)


def handler_times(plan: Plan, random: Random) -> Iterator[float]:
    """Yield how long handlers take, without end: log-normal, with the plan's mean and spread."""
    middle = log(plan.handler) - plan.spread**2 / 2
    drawn = [exp(random.gauss(middle, plan.spread)) for _ in range(DRAWS)]
    return cycle(drawn)
