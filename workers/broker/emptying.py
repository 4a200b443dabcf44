"""Ending a queue: what it holds goes on to others, or is dropped with it.

Killed in between, it can be done again: each copy is confirmed before its original is forgotten.
"""

from collections.abc import Sequence

from aiormq import Channel

from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.names import WorkQueue, return_exchange
from schemas.partition_names import held_queue
from workers.broker.browse import HeldMessage, browsing_on
from workers.broker.held_order import in_order
from workers.broker.ordered_subscription import MOST_UNSETTLED
from workers.broker.publisher import Publisher
from workers.seats import keeps_no_webhook


async def end_queue(
    channel: Channel,
    publisher: Publisher,
    name: str,
    successors: Sequence[WorkQueue],
    exchange: str,
) -> int:
    """Move what the queue holds, and delete it; or delete it with what it holds.

    Returns how many webhooks that were.
    """
    if not successors:
        deleted = await channel.queue_delete(name)
        return deleted.message_count or 0

    moved = await _empty(channel, publisher, name, successors, exchange)
    # Quorum queues know no "if empty".
    await channel.queue_delete(name)
    return moved


async def end_held(
    channel: Channel, publisher: Publisher, queue: WorkQueue, successors: Sequence[WorkQueue]
) -> int:
    """Do as `end_queue` with what is held of a partition: it goes on in the order of its shops."""
    name = held_queue(queue)
    exchange = return_exchange(queue.app)
    moved = 0
    if successors:
        moved = await _move_in_order(channel, publisher, name, successors, exchange)
    return moved + await end_queue(channel, publisher, name, successors, exchange)


async def _move_in_order(
    channel: Channel,
    publisher: Publisher,
    name: str,
    successors: Sequence[WorkQueue],
    exchange: str,
) -> int:
    """Move all that is held, once all of it is here."""
    async with browsing_on(channel, name, MOST_UNSETTLED) as looking:
        held = [message async for message in looking]
        kept, superfluous = in_order(held)

        for index in superfluous:
            await held[index].forget()
        for index in kept:
            await _move(publisher, held[index], exchange, successors)
    return len(kept)


async def _empty(
    channel: Channel,
    publisher: Publisher,
    name: str,
    successors: Sequence[WorkQueue],
    exchange: str,
) -> int:
    """Move what the queue holds, also what comes meanwhile; return how many that were."""
    count = 0
    while await _holds_messages(channel, name):
        async with browsing_on(channel, name) as messages:
            async for message in messages:
                await _move(publisher, message, exchange, successors)
                count += 1
    return count


async def _holds_messages(channel: Channel, name: str) -> bool:
    found = await channel.queue_declare(name, passive=True)
    return bool(found.message_count)


async def _move(
    publisher: Publisher, message: HeldMessage, exchange: str, successors: Sequence[WorkQueue]
) -> None:
    if webhook_headers.HELD_MARK in message.headers or keeps_no_webhook(message.headers):
        await message.forget()
        return

    shop = webhook_headers.text(message.headers, webhook_headers.SHOP)
    (successor,) = queues_for(successors[0].whole.name, shop, successors)
    headers = webhook_headers.kept(message.headers)
    for name in webhook_headers.OF_HELD:
        headers.pop(name, None)
    if webhook_headers.CONSUMER in headers:
        headers[webhook_headers.CONSUMER] = successor.consumer

    copy = for_copy(message.properties, headers)
    await publisher.publish(exchange, successor.name, copy, message.body)
    await message.forget()
