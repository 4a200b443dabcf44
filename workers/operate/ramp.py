"""A ramp: a replay in growing steps, which ends where one of them goes wrong."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from itertools import chain, count

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from runtime.waiting import set_or_later
from schemas.names import WorkQueue
from workers.broker.letters import find
from workers.broker.standing import standing_if_allowed
from workers.broker.whole_look import StillHeld, WholeLook
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate.moving import Moved, Moving, Tell, ended

FIRST_STEPS = (1, 2, 5, 20, 100)
"""Letters of the first steps; each further one is five times as large."""
TAKEN_WITHIN = 60.0
"""Seconds for a step's letters to be taken by workers, before the wait begins."""
ASK_TAKEN_EVERY = 0.1
"""Seconds between two questions whether they have been."""


def steps() -> Iterator[int]:
    """Yield the sizes of a ramp's steps."""
    last = FIRST_STEPS[-1]
    further = (last * 5**power for power in count(1))
    return chain(FIRST_STEPS, further)


class Ramp:
    """Replays in steps of these sizes, and stops where one went wrong."""

    def __init__(
        self,
        connection: Connection,
        moving: Moving,
        places: tuple[Source, ...],
        name: str,
        wait: float,
        stop: asyncio.Event,
        sizes: Iterator[int],
    ) -> None:
        self._connection = connection
        self._moving = moving
        self._places = places
        self._name = name
        self._wait = wait
        self._stop = stop
        self._sizes = sizes
        self._kept = KeptChannel.on(connection)
        self._sent = set[tuple[str, str]]()
        self._queues = set[WorkQueue]()

    async def climb(self, limit: int | None, tell: Tell) -> Moved:
        """Send step after step; return what came of it."""
        await self._moving.begin(self._places)
        for size in self._sizes:
            moved = await self._step(size, limit, tell)
            if self._moving.problem or self._stop.is_set():
                break

            await self._until_decided()
            self._moving.problem = await self._gone_wrong()
            if self._moving.problem or self._stop.is_set():
                break
            if moved < size or self._moving.count == limit:
                break
        return await ended(self._moving)

    async def _step(self, size: int, limit: int | None, tell: Tell) -> int:
        before = self._moving.count
        most = size
        if limit is not None:
            most = min(size, limit - before)

        async with aclosing(self._moving.some(most)) as letters:
            async for letter in letters:
                tell(letter, self._moving.most(limit))
                self._sent.add((letter.group, letter.consumer))
                if letter.source.work is not None:
                    self._queues.add(letter.source.work)
        return self._moving.count - before

    async def _until_decided(self) -> None:
        """Wait until workers have taken the step's letters, and then for as long as was said."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TAKEN_WITHIN
        for queue in sorted(self._queues):
            found = await standing_if_allowed(self._kept, queue.name)
            while found and found.messages and loop.time() < deadline and not self._stop.is_set():
                await set_or_later(self._stop, ASK_TAKEN_EVERY)
                found = await standing_if_allowed(self._kept, queue.name)
        await set_or_later(self._stop, self._wait)

    async def _gone_wrong(self) -> str:
        """Return why there is no next step; empty where all is well."""
        again = 0
        try:
            for source in self._places:
                again += await self._died_again(source)
        except StillHeld as error:
            return f"stopped: another look holds letters of {error}: did some die again?"

        if not again:
            return ""
        return f"stopped: {again} of {self._moving.count} letters died again in the same group"

    async def _died_again(self, source: Source) -> int:
        """Return how many of a queue; looks again until nobody else holds any. Raises StillHeld."""
        look = WholeLook(self._kept, source.name, self._stop)
        while True:
            again = 0
            looked_at = 0
            await look.begin()
            async with aclosing(find(self._connection, [source], Filter())) as letters:
                async for letter, _ in letters:
                    looked_at += 1
                    again += self._is_ours(letter)

            if look.saw_all(looked_at) or self._stop.is_set():
                return again
            await look.wait()

    def _is_ours(self, letter: Letter) -> bool:
        is_of_this_replay = letter.replay == self._name
        return is_of_this_replay and (letter.group, letter.consumer) in self._sent
