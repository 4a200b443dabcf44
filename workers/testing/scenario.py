"""A scenario: consumers, a broker in memory, and a clock that the test sets."""

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import time
from typing import Any

from schemas.belonging import queues_for
from schemas.webhook import Webhook
from workers import durations
from workers.clock import HandClock
from workers.consumer import Consumer
from workers.outcome import Done
from workers.testing.delivering import check_taken
from workers.testing.memory import Memory
from workers.testing.message import Message
from workers.testing.play import Play
from workers.testing.seen import Attempt, Letter, Waiting, letter_in, moment, waiting_in, webhook_in
from workers.testing.webhooks import SHOP, Body, webhook

APP = "test"
"""The name of a scenario's app."""


class Scenario:
    """What becomes of webhooks, by the worker's own code. Made by `scenario`.

    Time stands still but for `advance`. Handlers run as they are, and their timeouts in real time.
    """

    def __init__(self, consumers: Sequence[Consumer[Any]], clock: datetime | None) -> None:
        self._clock = HandClock(time() if clock is None else clock.timestamp())
        self._consumers = consumers
        self._memory = Memory(APP, [queue for one in consumers for queue in one.queues(APP)])
        self._play = Play(APP, consumers, self._memory, self._clock)

    @property
    def now(self) -> datetime:
        """What time it is."""
        return moment(self._clock.now)

    @property
    def attempts(self) -> list[Attempt]:
        """All that have ended so far, in their order."""
        return list(self._play.attempts)

    @property
    def done(self) -> list[Webhook]:
        """The webhooks that were handled, once for each time."""
        return [one.webhook for one in self._play.attempts if one.outcome == Done()]

    @property
    def ready(self) -> list[Webhook]:
        """What lies in the work queues: a breaker, a rate or another of its shop holds it."""
        return [webhook_in(message) for message in self._memory.lying(self._clock.now)]

    @property
    def waiting(self) -> list[Waiting]:
        """What waits for another attempt, the next first."""
        return [waiting_in(due, message) for due, message in self._memory.later(self._clock.now)]

    @property
    def dead(self) -> list[Letter]:
        """The dead letters, the oldest first."""
        return [letter_in(message) for message in self._memory.dead]

    def put(
        self,
        topic: str,
        body: Body,
        *,
        shop: str = SHOP,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Webhook:
        """Have a webhook come in, and let it lie; `run` has it handled, with others that lie there.

        Raises ValueError where no consumer takes its topic, and what `webhook` does.
        """
        with self._clock.ruling():
            made = webhook(
                topic, body, shop=shop, app=APP, content_type=content_type, headers=headers
            )
        self.take(made)
        return made

    def take(self, webhook: Webhook) -> None:
        """Let a webhook lie that the ingress has taken in, such as one of `ingress.testing`.

        Raises ValueError where no consumer takes its topic.
        """
        check_taken(webhook, self._consumers)
        for consumer in self._consumers:
            queues = consumer.queues(APP)
            for queue in queues_for(webhook.routing_key, webhook.shop, queues):
                message = Message.of(queue, webhook.properties(), webhook.body)
                self._memory.put(message)

    async def send(self, topic: str, body: Body, **more: Any) -> Webhook:
        """Have a webhook come in, and everything that may run now run; takes what `put` takes."""
        made = self.put(topic, body, **more)
        await self.run()
        return made

    async def run(self) -> None:
        """Have everything run that may run now."""
        with self._clock.ruling():
            await self._play.until_nothing_may_run()

    async def advance(self, duration: str | float | timedelta) -> None:
        """Let so much time go by (`"1h"`, seconds), and all happen that falls due meanwhile.

        Raises ValueError for what is no duration.
        """
        until = self._clock.now + _seconds(duration)
        while True:
            await self.run()
            soonest = self._next_event()
            if soonest is None or soonest > until:
                break
            # A sum of two floats may be the first of them.
            self._clock.now = max(soonest, math.nextafter(self._clock.now, math.inf))
        self._clock.now = until
        await self.run()

    async def replay(self, *letters: Letter) -> None:
        """Have dead letters handled again as an operator would: these, or without any, all."""
        with self._clock.ruling():
            self._memory.replay({letter.number for letter in letters}, self._clock.now)
        await self.run()

    async def drop(self, *letters: Letter) -> None:
        """Have dead letters taken away as an operator would: these, or without any, all.

        Where one has halted its shop's sequence, that goes on.
        """
        self._memory.drop({letter.number for letter in letters})
        await self.run()

    def crash(self) -> None:
        """Have the worker die, and another start. Called by a handler, it does not return.

        What was under way comes again, as the broker hands it out; what the worker knew is gone.
        """
        with self._clock.ruling():
            self._play.crash()

    def _next_event(self) -> float | None:
        """Return when the next thing happens by itself; None where nothing does."""
        with self._clock.ruling():
            held = [*self._play.seconds_held()]
        times = [self._clock.now + seconds for seconds in held]
        times += [due for due, _ in self._memory.waiting[:1]]
        return min(times, default=None)


@asynccontextmanager
async def scenario(
    *consumers: Consumer[Any], clock: datetime | None = None
) -> AsyncIterator[Scenario]:
    """Make a scenario of these consumers, which begins at a moment; without one, now.

    At its end everything is gone, and what handlers still do is cancelled.
    """
    made = Scenario(consumers, clock)
    try:
        yield made
    finally:
        await made._play.end()  # noqa: SLF001 - it is ours


def _seconds(duration: str | float | timedelta) -> float:
    match duration:
        case str():
            return float(durations.duration(duration))
        case timedelta():
            seconds = duration.total_seconds()
        case _:
            seconds = float(duration)
    if not 0 <= seconds <= durations.MAX_SECONDS:
        raise ValueError(f"{duration!r:.80}: time goes forward, ten years at most")
    return seconds
