"""Moving messages out of a queue: a copy is made, and confirmed, then the original is acked.

So whoever is killed in between leaves a message twice, and never nowhere. It is done in windows: at
the end of each, all that was only looked at goes back. So a slow move hides little for long, and
the broker's time-out for what a consumer holds (half an hour by default) is never met. What goes
back may come behind messages that went back earlier: each window looks at all of them again. Where
another look holds what is still wanted, it is waited for.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from schemas.properties import ReceivedProperties
from workers.broker.browse import HeldMessage, browsing
from workers.broker.whole_look import WholeLook
from workers.pace import Pace

WINDOW = 500
"""Messages that are moved in one window, at most."""
WINDOW_SECONDS = 30.0
"""Seconds from the first message that is moved in a window to the last, at most."""

Wanted = Callable[[str, ReceivedProperties], bool]
"""Tells by routing key and properties whether a message is to be moved. Never raises."""
Place = Callable[[ReceivedProperties], int]
"""Says the how manieth a message is to be."""
Carry = Callable[[HeldMessage], Awaitable[None]]
"""Makes the copy of a message; raises where it is not certain that there is one."""


@dataclass(slots=True)
class _Window:
    """What one window has done; `is_dry` once nothing is left to look at."""

    moved: int = 0
    looked_at: int = 0
    began: float = 0.0
    is_dry: bool = False

    @property
    def is_full(self) -> bool:
        """Whether it has taken long enough."""
        if not self.moved:
            return False
        return self.moved >= WINDOW or monotonic() - self.began >= WINDOW_SECONDS


class Mover:
    """Moves messages at a pace, until `stop` is set: that ends it between two messages."""

    def __init__(self, connection: Connection, pace: Pace, stop: asyncio.Event) -> None:
        self._connection = connection
        self._pace = pace
        self._stop = stop
        self._kept = KeptChannel.on(connection)

    async def move(
        self, queue: str, wanted: Wanted, carry: Carry, most: int
    ) -> AsyncGenerator[HeldMessage, None]:
        """Move what is wanted, `most` messages; yield each once it is moved.

        Ends with fewer where it was stopped, or where no more is in the queue. Raises what `carry`
        raises: that message stays where it was; and StillHeld where others hold the rest.
        """
        left = most
        look = WholeLook(self._kept, queue, self._stop)
        while left > 0 and not self._stop.is_set():
            window = _Window()
            await look.begin()
            async with aclosing(self._through(window, queue, wanted, carry, left)) as moved:
                async for message in moved:
                    yield message

            left -= window.moved
            if window.moved:
                look.found_some()
            if not window.is_dry or not left:
                continue
            if look.saw_all(window.looked_at):
                return
            await look.wait()

    async def move_in_order(
        self, queue: str, wanted: Wanted, place: Place, carry: Carry, most: int
    ) -> AsyncGenerator[HeldMessage, None]:
        """Do the same by their places: none moves while others hold one of them.

        All of them are in memory meanwhile.
        """
        look = WholeLook(self._kept, queue, self._stop)
        while not self._stop.is_set():
            await look.begin()
            async with browsing(self._connection, queue, wants=wanted) as messages:
                found, looked_at = await _all_of(messages, wanted)
                if len(found) >= most or look.saw_all(looked_at):
                    found.sort(key=lambda message: place(message.properties))
                    async with aclosing(self._carried(found, carry)) as moved:
                        async for message in moved:
                            yield message
                    return
            await look.wait()

    async def _carried(
        self, found: list[HeldMessage], carry: Carry
    ) -> AsyncGenerator[HeldMessage, None]:
        for message in found:
            if not await self._pace.turn(self._stop):
                return

            await carry(message)
            await message.forget()
            yield message

    async def _through(
        self, window: _Window, queue: str, wanted: Wanted, carry: Carry, most: int
    ) -> AsyncGenerator[HeldMessage, None]:
        async with browsing(self._connection, queue, wants=wanted) as messages:
            async for message in messages:
                window.looked_at += 1
                if self._stop.is_set():
                    return
                if not wanted(message.routing_key, message.properties):
                    continue
                if not await self._pace.turn(self._stop):
                    return

                await carry(message)
                await message.forget()
                if not window.moved:
                    window.began = monotonic()
                window.moved += 1
                yield message
                if window.is_full or window.moved == most:
                    return
            window.is_dry = True


async def _all_of(
    messages: AsyncIterator[HeldMessage], wanted: Wanted
) -> tuple[list[HeldMessage], int]:
    """Return what of these is wanted, and how many were looked at."""
    found: list[HeldMessage] = []
    looked_at = 0
    async for message in messages:
        looked_at += 1
        if wanted(message.routing_key, message.properties):
            found.append(message)
    return found, looked_at
