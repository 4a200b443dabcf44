"""What a worker says of itself in the pulse, from what is counted anyway."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import time
from typing import NamedTuple

from runtime.histograms import NOTHING, mean, quantile, seen
from runtime.this_process import HOST, PROCESS, STARTED_MS, version
from schemas import headers as webhook_headers
from schemas.held_lines import HeldLine, longest
from schemas.pulse import BEATS_A_MINUTE, MINUTE_MS, Beat, ProcessKind, QueueBeat, QueueState
from schemas.pulse_records import encode
from workers.broker.held_back import held_back
from workers.broker.intake import Intake
from workers.broker.under_way import UnderWay
from workers.telemetry import AGE, DELIVERIES, SECONDS, labels_of

HOUR_MS = 3_600_000

_OUTCOMES = ("done", "retried", "dead")

Counts = Mapping[tuple[str, ...], int]
"""Deliveries so far by queue, as it is labelled, and outcome."""


class WorkerPulse:
    """The beats of a worker with these intakes."""

    def __init__(
        self,
        intakes: Iterable[Intake],
        divides: Callable[[], tuple[str, ...]] = tuple,
        heard: Callable[[], int] = int,
    ) -> None:
        self._intakes = intakes
        self._divides = divides
        self._heard = heard
        self._queues: dict[str, WatchedQueue] = {}

    async def beat(self) -> bytes:
        """Return the next beat, as it stands in the stream."""
        counts = counted()
        queues: dict[str, QueueBeat] = {}
        lines: list[HeldLine] = []
        for intake in tuple(self._intakes):
            queue = self._watched(intake)
            now_ms = int(time() * 1000)
            look = queue.look(counts, now_ms)
            if look.state is not QueueState.AWAY or look.running:
                queues[queue.name] = look
                lines += queue.lines
            await asyncio.sleep(0)  # with hundreds of queues, nobody is to wait for all of them

        now_ms = int(time() * 1000)
        return encode(
            Beat(
                now_ms,
                PROCESS,
                ProcessKind.WORKER,
                HOST,
                version(),
                STARTED_MS,
                queues,
                heard=self._heard(),
                divides=self._divides(),
                lines=tuple(longest(lines)),
            )
        )

    def _watched(self, intake: Intake) -> "WatchedQueue":
        name = intake.queue.name
        if name not in self._queues:
            self._queues[name] = WatchedQueue(intake)
        return self._queues[name]


def counted() -> Counts:
    """Return what Prometheus is told of deliveries."""
    counts: dict[tuple[str, ...], int] = {}
    for family in DELIVERIES.collect():
        for sample in family.samples:
            if sample.name.endswith("_total"):
                counts[tuple(sample.labels.values())] = int(sample.value)
    return counts


class Mark(NamedTuple):
    """How many dead letters there had been at a moment."""

    at: int
    dead: int


class WatchedQueue:
    """One intake, from beat to beat."""

    def __init__(self, intake: Intake) -> None:
        self.name = intake.queue.name
        self.lines: tuple[HeldLine, ...] = ()
        """Of what is held of it now."""
        self._intake = intake
        self._of = labels_of(intake.queue)
        self._last = QueueBeat()
        self._last_received = 0
        self._was_consuming = False
        self._seconds = deque([NOTHING], maxlen=BEATS_A_MINUTE + 1)
        self._age = NOTHING
        self._dead = deque([Mark(STARTED_MS, 0)])

    def look(self, counts: Counts, now_ms: int) -> QueueBeat:
        """Return what is to be said of the queue now."""
        done, retried, dead = (counts.get((*self._of, name), 0) for name in _OUTCOMES)
        last = self._last
        has_settled = (done, retried, dead) != (last.done, last.retried, last.dead)
        has_received = self._intake.received != self._last_received
        running = tuple(self._intake.under_way.values())
        is_idle = not (has_settled or has_received or running)
        state = self._intake.state
        held = held_back(self._intake.queue, self._intake.members)

        self._last = QueueBeat(
            running=len(running),
            done=done,
            retried=retried,
            dead=dead,
            dead_hour=self._dead_in_an_hour(dead, now_ms),
            oldest_ms=_oldest_ms(running),
            taken_ms=last.taken_ms if is_idle else self._taken_ms(now_ms),
            empty_ms=now_ms if is_idle and self._is_consuming_on(state) else last.empty_ms,
            settled_ms=now_ms if has_settled else last.settled_ms,
            p95_ms=self._p95_ms(is_idle=is_idle),
            state=state,
            held=held.count,
            held_ms=held.received_ms,
            halted=sum(line.halted for line in held.lines),
        )
        self.lines = held.lines
        self._last_received = self._intake.received
        self._was_consuming = state is QueueState.CONSUMING
        return self._last

    def _is_consuming_on(self, state: QueueState) -> bool:
        return self._was_consuming and state is QueueState.CONSUMING

    def _taken_ms(self, now_ms: int) -> int:
        """Return when the webhooks were received, on average, that began since the last look."""
        now = seen(AGE.labels(*self._of))
        age = mean(self._age, now)
        self._age = now
        if age is None:
            return self._last.taken_ms
        return now_ms - int(age * 1000)

    def _p95_ms(self, *, is_idle: bool) -> int:
        now = self._seconds[-1]
        if not is_idle:
            now = seen(SECONDS.labels(*self._of))
        self._seconds.append(now)
        seconds = quantile(self._seconds[0], now, 0.95)
        return round(seconds * 1000)

    def _dead_in_an_hour(self, dead: int, now_ms: int) -> int:
        marks = self._dead
        if now_ms - marks[-1].at >= MINUTE_MS:
            marks.append(Mark(now_ms, dead))
        while len(marks) > 1 and marks[1].at <= now_ms - HOUR_MS:
            marks.popleft()
        return dead - marks[0].dead


def _oldest_ms(running: Iterable[UnderWay]) -> int:
    """Return when the oldest was received that is attempted for the first time; 0 for none."""
    received: list[int] = []
    for run in running:
        if run.number == 1:
            received_ms = webhook_headers.number(run.headers, webhook_headers.RECEIVED)
            received.append(received_ms)
    return min(received, default=0)
