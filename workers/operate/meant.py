"""Which letters an order is for: those that lay there when it was given, and not what came later.

They are told apart by the id of their publish. A clock would not do, as those of two hosts differ;
nor would their places, as what another look gives back comes out of its order.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from workers.broker.arrivals import none
from workers.broker.browse import browsing
from workers.broker.letters import Wanted
from workers.broker.standing import standing_if_allowed
from workers.letter import Letter, Source


@dataclass(slots=True)
class _Noted:
    """What lies in a queue: how many letters, how many of them are meant, and which."""

    there: int = 0
    meant: int = 0
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of those that are meant, and where each stands in its shop's order."""


class Meant:
    """Takes note of the letters that are meant; what another look holds then is none of them."""

    def __init__(self, connection: Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._wanted = wanted
        self._kept = KeptChannel.on(connection)
        self._noted: dict[Source, _Noted] = {}

    async def note(self, places: Iterable[Source]) -> None:
        """Look through these queues."""
        for source in places:
            noted = _Noted()
            self._noted[source] = noted
            async with aclosing(self._letters(source)) as letters:
                async for letter, mark in letters:
                    noted.there += 1
                    if self._wanted(letter):
                        noted.meant += 1
                        noted.marks[mark] = letter.order

    @property
    def places(self) -> tuple[Source, ...]:
        """The queues that were looked through."""
        return tuple(self._noted)

    def left(self, source: Source) -> int:
        """Return how many that are meant are still in a queue."""
        return self._noted[source].meant

    def in_order(self, source: Source) -> list[str]:
        """Return the marks of those that are meant, in the order in which they died first."""
        marks = self._noted[source].marks
        return sorted(marks, key=marks.__getitem__)

    def has(self, source: Source, properties: ReceivedProperties) -> bool:
        """Tell whether a message of a queue is one of them."""
        return mark_of(properties) in self._noted[source].marks

    def is_moved(self, source: Source) -> None:
        """Take note that one of them has left its queue."""
        noted = self._noted[source]
        noted.there -= 1
        noted.meant -= 1

    def rest_is_gone(self, source: Source) -> int:
        """Take note that no other of them is in its queue any more; return how many that are."""
        noted = self._noted[source]
        gone = noted.meant
        noted.there -= gone
        noted.meant = 0
        return gone

    async def joined(self) -> int:
        """Return how many have come since that would have been meant."""
        joined = 0
        for source, noted in self._noted.items():
            found = await standing_if_allowed(self._kept, source.name)
            if found is not None and found.messages > noted.there:
                joined += await self._new_in(source, noted)
        return joined

    async def _new_in(self, source: Source, noted: _Noted) -> int:
        new = 0
        async with aclosing(self._letters(source)) as letters:
            async for letter, mark in letters:
                new += mark not in noted.marks and self._wanted(letter)
        return new

    async def _letters(self, source: Source) -> AsyncGenerator[tuple[Letter, str], None]:
        async with browsing(self._connection, source.name, wants=none) as messages:
            async for message in messages:
                letter = Letter.of(source, message.properties, message.routing_key)
                yield letter, mark_of(message.properties)


def mark_of(properties: ReceivedProperties) -> str:
    """Return the id of the publish; that of the webhook, where a stranger gave it none."""
    return properties.message_id or webhook_headers.text(properties.headers, webhook_headers.ID)
