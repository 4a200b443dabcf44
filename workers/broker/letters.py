"""Dead letters on the broker: looking for those that are meant, and putting one back."""

from collections.abc import AsyncGenerator, Iterable

from runtime.amqp.link import Connection
from runtime.amqp.properties import for_copy
from schemas.dead_letter import replayed
from schemas.names import WorkQueue, return_exchange
from workers.broker.browse import HeldMessage, browsing
from workers.broker.publisher import Publisher
from workers.dead_letters import Filter


async def find(
    connection: Connection, queues: Iterable[WorkQueue], wanted: Filter, limit: int | None = None
) -> AsyncGenerator[tuple[WorkQueue, HeldMessage], None]:
    """Yield the dead letters that are meant, oldest first in each queue, `limit` at most.

    Each is held by this connection while the caller looks at it.
    """
    left = limit
    for queue in sorted(queues):
        async with browsing(connection, queue.dead) as letters:
            async for letter in letters:
                if left == 0:
                    return
                if not wanted.takes(queue, letter):
                    continue
                if left is not None:
                    left -= 1
                yield queue, letter


async def replay(publisher: Publisher, queue: WorkQueue, letter: HeldMessage) -> None:
    """Put a dead letter back on its queue; raises NotPublished.

    The copy is confirmed before the letter is forgotten.
    """
    exchange = return_exchange(queue.app)
    headers = replayed(letter.headers)
    copy = for_copy(letter.properties, headers)
    await publisher.publish(exchange, queue.name, copy, letter.body)
    await letter.forget()
