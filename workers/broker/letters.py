"""Letters on the broker: looking for those that are meant, dead ones or unrouted ones."""

from collections.abc import AsyncGenerator, Callable, Iterable

from runtime.amqp.channels import keeping
from runtime.amqp.link import Connection
from schemas.properties import ReceivedProperties
from workers.broker.arrivals import MOST_AHEAD, Wants, none
from workers.broker.browse import HeldMessage, browsing
from workers.broker.standing import standing_if_allowed
from workers.dead_letters import Filter
from workers.letter import Letter, Source

Wanted = Callable[[Letter], bool]
"""Tells whether a letter is among those that something is for."""


def any_letter(_: Letter) -> bool:
    """Take each."""
    return True


async def find(
    connection: Connection,
    sources: Iterable[Source],
    wanted: Filter,
    is_able: Wanted = any_letter,
    *,
    with_bodies: bool = False,
) -> AsyncGenerator[tuple[Letter, HeldMessage], None]:
    """Yield the letters that are meant and able, oldest first in each queue, up to the limit.

    Each is held by this connection until its queue is through. The body is empty, unless asked for.
    """
    left = wanted.limit
    for source in sources:
        wants = _wants(source, wanted) if with_bodies else none
        async with browsing(connection, source.name, wants=wants) as messages:
            async for message in messages:
                if left == 0:
                    return

                letter = Letter.of(source, message.properties, message.routing_key)
                if not wanted.takes(letter) or not is_able(letter):
                    continue
                if left is not None:
                    left -= 1
                yield letter, message


def _wants(source: Source, wanted: Filter) -> Wants:
    def wants(routing_key: str, properties: ReceivedProperties) -> bool:
        return wanted.takes(Letter.of(source, properties, routing_key))

    return wants


async def held_elsewhere(connection: Connection, sources: Iterable[Source]) -> int:
    """Return how many letters others' looks hold now, at most; 0 where nobody looks.

    AMQP tells who consumes a queue, not how much they hold: it is no more than each was given.
    """
    held = 0
    async with keeping(connection) as kept:
        for source in sources:
            found = await standing_if_allowed(kept, source.name)
            if found is not None:
                held += found.consumers * MOST_AHEAD
    return held
