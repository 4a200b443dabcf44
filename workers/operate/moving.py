"""What an operator orders of letters, how it goes on, and what came of it."""

import asyncio
import getpass
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import time

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from schemas.printable import printable
from schemas.properties import ReceivedProperties
from workers.broker.browse import HeldMessage
from workers.broker.move import Mover
from workers.broker.standing import standing_if_allowed
from workers.letter import Letter, Source
from workers.pace import Pace

Tell = Callable[[Letter], None]
"""Is told of each letter once it is moved."""
CarryLetter = Callable[[Letter, HeldMessage], Awaitable[None]]
"""Makes a copy of a letter; raises CannotMove, or NotPublished."""


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


def who() -> str:
    """Return who orders something: the user and host of this process."""
    host = socket.gethostname()
    try:
        return f"{getpass.getuser()}@{host}"
    except (KeyError, OSError):
        return host  # a user that has no name: containers run as such


class Moving:
    """Moves the letters that are meant out of their queues.

    Of each queue those that lay there at the start, and not what dies or fails later; it may be
    asked for some of them, again and again. `carry` makes the copy of one.
    """

    def __init__(
        self,
        connection: Connection,
        wanted: Callable[[Letter], bool],
        rate: float,
        stop: asyncio.Event,
        carry: CarryLetter,
    ) -> None:
        self.count = 0
        self.problem = ""
        self._began_ms = int(time() * 1000)
        self._wanted = wanted
        self._carry = carry
        self._kept = KeptChannel.on(connection)
        self._mover = Mover(connection, Pace(rate), stop)
        self._left: dict[Source, int] = {}
        self._late = set[str]()

    async def begin(self, places: Iterable[Source]) -> None:
        """Take note of how many letters there are now."""
        for source in places:
            self._left[source] = await self._ready(source)

    async def some(self, most: int | None = None) -> AsyncGenerator[Letter, None]:
        """Move letters, `most` of them; yield each once it is moved. Ends early with a problem."""
        moved = 0
        if most == 0:
            return

        try:
            with lost_link_as_error():
                for source in self._left:
                    async with aclosing(self._of(source)) as letters:
                        async for letter in letters:
                            yield letter
                            moved += 1
                            if moved == most:
                                return
        except (CannotMove, NotPublished) as error:
            self.problem = str(error)
        except LOST as error:
            kind = type(error).__name__
            self.problem = f"the connection to the broker was lost ({kind}: {error})"

    async def joined(self) -> int:
        """Return how many letters have come since the beginning, or say so by another clock."""
        joined = 0
        for source, left in self._left.items():
            more = await self._ready(source) - left
            joined += max(0, more)
        return max(joined, len(self._late))

    async def _of(self, source: Source) -> AsyncGenerator[Letter, None]:
        def is_wanted(routing_key: str, properties: ReceivedProperties) -> bool:
            letter = Letter.of(source, properties, routing_key)
            if not self._wanted(letter):
                return False
            if letter.at_ms < self._began_ms:
                return True
            self._late.add(letter.id)
            return False

        carry = partial(self._carried, source)
        most = self._left[source]
        async with aclosing(self._mover.move(source.name, is_wanted, carry, most)) as moved:
            async for message in moved:
                self._left[source] -= 1
                self.count += 1
                yield Letter.of(source, message.properties, message.routing_key)

    async def _carried(self, source: Source, message: HeldMessage) -> None:
        letter = Letter.of(source, message.properties, message.routing_key)
        try:
            await self._carry(letter, message)
        except NotPublished as error:
            webhook_id = printable(letter.id)
            raise CannotMove(f"not moved, and still where it was: {webhook_id}: {error}") from error

    async def _ready(self, source: Source) -> int:
        found = await standing_if_allowed(self._kept, source.name)
        if found is None:
            return 0
        return found.messages


async def all_of(moving: Moving, places: Iterable[Source], limit: int | None, tell: Tell) -> Moved:
    """Move everything that is meant, `limit` at most, and return what came of it."""
    await moving.begin(places)
    async with aclosing(moving.some(limit)) as letters:
        async for letter in letters:
            tell(letter)
    return await ended(moving)


async def ended(moving: Moving) -> Moved:
    """Return what came of it; where the connection is lost, nobody knows what joined."""
    if moving.problem:
        return Moved(moving.count, problem=moving.problem)
    return Moved(moving.count, await moving.joined())
