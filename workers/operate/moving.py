"""What an operator orders of letters, how it goes on, and what came of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from schemas.printable import printable
from schemas.properties import ReceivedProperties
from workers.broker.browse import HeldMessage
from workers.broker.letters import Wanted
from workers.broker.move import WINDOW, Mover
from workers.broker.whole_look import StillHeld
from workers.letter import Letter, Source
from workers.operate.meant import Meant, mark_of
from workers.pace import Pace

Tell = Callable[[Letter, int | None], None]
"""Is told of each letter once it is moved, and how many are to be; None where nobody knows."""
CarryLetter = Callable[[Letter, HeldMessage], Awaitable[None]]
"""Makes a copy of a letter; raises CannotMove, or NotPublished."""


AGAIN = "the same again does what is left"


class CannotMove(Exception):
    """A letter cannot be moved, nor any after it; the message says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it.

    `joined` counts letters that came while it ran, and were left alone; `problem` says why it ended
    early, and is empty where it was done or stopped; `notices` are what else to know.
    """

    count: int
    joined: int = 0
    problem: str = ""
    notices: tuple[str, ...] = ()


class Moving:
    """Moves the letters that are meant out of their queues.

    Those that lay there at the start, and not what dies or fails later; it may be asked for some of
    them, again and again. What another look holds meanwhile is waited for. `carry` makes the copy
    of one. `in_order`: those of a queue in the order in which they died first.
    """

    def __init__(
        self,
        connection: Connection,
        wanted: Wanted,
        rate: float,
        stop: asyncio.Event,
        carry: CarryLetter,
        *,
        in_order: bool = False,
    ) -> None:
        self.count = 0
        self.gone = 0
        """Letters that were meant, and were in their queue no more when their turn came."""
        self.problem = ""
        self._carry = carry
        self._meant = Meant(connection, wanted)
        self._mover = Mover(connection, Pace(rate), stop)
        self._stop = stop
        self._in_order = in_order
        self._left: dict[Source, list[str]] = {}

    async def begin(self, places: Iterable[Source]) -> None:
        """Take note of which letters there are now."""
        await self._meant.note(places)

    def most(self, limit: int | None) -> int:
        """Return how many are to be moved in all."""
        left = sum(self._meant.left(source) for source in self._meant.places)
        total = self.count + left
        return total if limit is None else min(limit, total)

    async def some(self, most: int | None = None) -> AsyncGenerator[Letter, None]:
        """Move letters, `most` of them; yield each once it is moved. Ends early with a problem."""
        moved = 0
        if most == 0:
            return

        try:
            with lost_link_as_error():
                for source in self._meant.places:
                    async with aclosing(self._of(source, most)) as letters:
                        async for letter in letters:
                            yield letter
                            moved += 1
                            if moved == most:
                                return
        except (CannotMove, NotPublished, StillHeld, *LOST) as error:
            self.problem = _problem(error)

    async def joined(self) -> int:
        """Return how many have come since the beginning that would have been meant."""
        return await self._meant.joined()

    async def _of(self, source: Source, most: int | None) -> AsyncGenerator[Letter, None]:
        moving = self._in_their_order(source, most) if self._in_order else self._as_they_lie(source)
        async with aclosing(moving) as moved:
            async for message in moved:
                self._meant.is_moved(source)
                self.count += 1
                yield Letter.of(source, message.properties, message.routing_key)

        if not self._stop.is_set():
            self.gone += self._meant.rest_is_gone(source)

    def _as_they_lie(self, source: Source) -> AsyncGenerator[HeldMessage, None]:
        def is_meant(_: str, properties: ReceivedProperties) -> bool:
            return self._meant.has(source, properties)

        carry = partial(self._carried, source)
        most = self._meant.left(source)
        return self._mover.move(source.name, is_meant, carry, most)

    async def _in_their_order(
        self, source: Source, most: int | None
    ) -> AsyncGenerator[HeldMessage, None]:
        if source not in self._left:
            self._left[source] = self._meant.in_order(source)
        left = self._left[source]
        size = min(WINDOW, most or WINDOW)
        while left and not self._stop.is_set():
            marks = {mark: place for place, mark in enumerate(left[:size])}
            del left[:size]

            moving = self._these(source, marks)
            async with aclosing(moving) as moved:
                async for message in moved:
                    yield message

    def _these(self, source: Source, marks: Mapping[str, int]) -> AsyncGenerator[HeldMessage, None]:
        def is_meant(_: str, properties: ReceivedProperties) -> bool:
            return mark_of(properties) in marks

        def place(properties: ReceivedProperties) -> int:
            return marks[mark_of(properties)]

        carry = partial(self._carried, source)
        return self._mover.move_in_order(source.name, is_meant, place, carry, len(marks))

    async def _carried(self, source: Source, message: HeldMessage) -> None:
        letter = Letter.of(source, message.properties, message.routing_key)
        try:
            await self._carry(letter, message)
        except NotPublished as error:
            webhook_id = printable(letter.id)
            raise CannotMove(f"not moved, and still where it was: {webhook_id}: {error}") from error


def _problem(error: Exception) -> str:
    """Say why it ended early."""
    if isinstance(error, CannotMove | NotPublished):
        return str(error)
    if isinstance(error, StillHeld):
        return f"not done: another look holds letters of {error}; {AGAIN}"
    kind = type(error).__name__
    return f"the connection to the broker was lost ({kind}: {error})"


async def all_of(moving: Moving, places: Iterable[Source], limit: int | None, tell: Tell) -> Moved:
    """Move everything that is meant, `limit` at most, and return what came of it."""
    await moving.begin(places)
    async with aclosing(moving.some(limit)) as letters:
        async for letter in letters:
            tell(letter, moving.most(limit))
    return await ended(moving)


async def ended(moving: Moving) -> Moved:
    """Return what came of it; where the connection is lost, nobody knows what joined."""
    notices: tuple[str, ...] = ()
    if moving.gone:
        notices = (f"no longer there when their turn came: {moving.gone}",)
    if moving.problem:
        return Moved(moving.count, problem=moving.problem, notices=notices)

    joined = await moving.joined()
    return Moved(moving.count, joined, notices=notices)
