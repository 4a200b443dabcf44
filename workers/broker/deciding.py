"""What becomes of a delivery: decided at once where it cannot run yet, else by the handler."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from runtime import failure
from runtime.tracing import Tracing
from schemas.dead_letter import Reason
from schemas.names import WorkQueue
from schemas.webhook import Malformed, Webhook
from workers import clock, crash
from workers.attempt import attempt
from workers.broker.telling import Owed, Released
from workers.broker.traced import Attempt, traced
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.consumer import Consumer
from workers.crash import Crashes
from workers.limiter import Limiter
from workers.outcome import Aside, Count, Dead, Outcome
from workers.telemetry import AGE, SECONDS, labels_of

Home = Callable[[UnderWay, str], WorkQueue]
"""Returns the queue that has a shop now: of a partition's, another may."""


class Due(NamedTuple):
    """A delivery whose attempt is due. Its shop is held at the limiter until it is let go."""

    run: UnderWay
    webhook: Webhook
    crashes: Crashes


class Decider:
    """Decides the deliveries of one queue. One suspect at a time holds `suspect_turn`."""

    def __init__(
        self,
        queue: WorkQueue,
        consumer: Consumer[Any],
        suspect_turn: asyncio.Lock,
        limiter: Limiter,
    ) -> None:
        self.halts = consumer.halts
        self._queue = queue
        self._consumer = consumer
        self._attempt: Attempt = self._run_once
        self._suspect_turn = suspect_turn
        self._limiter = limiter
        self._count: Count = _count_nothing
        self._home: Home | None = None
        labels = labels_of(queue)
        self._seconds = SECONDS.labels(*labels)
        self._age = AGE.labels(*labels)

    def trace(self, tracing: Tracing) -> None:
        """Tell of each attempt by a span, from here on."""
        self._attempt = traced(self._run_once, self._queue, tracing)

    def count_by(self, count: Count) -> None:
        """Have each attempt counted, from here on."""
        self._count = count

    def place_by(self, home: Home) -> None:
        """Have what comes back from a wait run where its shop is now, from here on."""
        self._home = home

    def decide(self, run: UnderWay, unsettled: Unsettled[Owed]) -> Owed | Due:
        """Return the outcome of a run that needs no attempt, or is to have none now; else Due.

        `unsettled` excuses returns that are no crash.
        """
        marks = run.marks
        if marks.released_by:
            return Released(marks.released_by)

        try:
            webhook = Webhook.of(run.properties, run.body)
        except Malformed as error:
            return Dead(Reason.MALFORMED, failure.text_of(error))

        early_ms = run.early_ms
        if early_ms:
            return run.put_aside(early_ms / 1000)

        excused: int | None = None
        if run.redelivered:
            excused = unsettled.excused(webhook.received_ms)
        crashes = crash.crashes(marks.crashes, run.headers, excused)
        if crashes.returned and run.held_at is not None:
            return Aside(0.0, crashes.noted + 1)
        run.crashes = crashes.count
        if self._home is not None:
            home = self._home(run, webhook.shop)
            if home != run.queue:
                run.queue = home
                return Aside(0.0, crashes.count)

        put_off = self._limiter.enter(webhook.shop, marks.deferred, run.crashes)
        return put_off or Due(run, webhook, crashes)

    def attempt(self, due: Due) -> Awaitable[Outcome]:
        """Return the outcome of an attempt; of a suspect that may run none now, without one."""
        if due.run.crashes:
            return self._attempt_after_crashes(due)
        return self._attempt(due.run, due.webhook)

    async def _attempt_after_crashes(self, due: Due) -> Outcome:
        run, webhook, crashes = due
        spread = random.random()  # noqa: S311 - spreads suspects, protects nothing
        outcome = crash.decide(crashes, spread, suspect_runs=self._suspect_turn.locked())
        if outcome is not None:
            return outcome

        if not crashes.is_suspect:
            return await self._attempt(run, webhook)
        async with self._suspect_turn:
            return await self._attempt(run, webhook)

    def let_go(self, due: Due) -> None:
        """Have room for another of its shop."""
        self._limiter.leave(due.webhook.shop)

    async def _run_once(self, run: UnderWay, webhook: Webhook) -> Outcome:
        marks = run.marks
        if marks.number == 1:
            age_ms = run.started_ms - webhook.received_ms
            seconds = max(0, age_ms) / 1000
            self._age.observe(seconds)

        began = clock.monotonic()
        try:
            outcome = await attempt(
                self._consumer,
                webhook,
                marks.number,
                run.first_ms,
                run.renewed_ms,
                again=marks.again,
                crashes=run.crashes,
            )
        finally:
            self._seconds.observe(clock.monotonic() - began)

        is_spared = self._count(outcome, began)
        if is_spared and isinstance(outcome, Dead):
            # Its policy has an end, but the breaker says that no attempt could have succeeded.
            return run.put_aside()
        return outcome


def _count_nothing(*_: object) -> bool:
    """Count nothing, spare nothing."""
    return False
