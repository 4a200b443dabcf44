"""Retiring a work queue: nothing more comes in, what is left goes on or is dropped, it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiormq import Channel

from runtime.amqp.channels import KeptChannel
from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.names import (
    WorkQueue,
    dead_exchange,
    return_exchange,
    webhooks_exchange,
)
from schemas.partition_names import buckets_exchange, held_queue, moved_exchange
from workers.broker.browse import HeldMessage, browsing_on
from workers.broker.publisher import Publisher
from workers.broker.standing import Standing, standing
from workers.seats import keeps_no_webhook


@dataclass(frozen=True, slots=True)
class Retiring:
    """A work queue and its dead queue as they stand; None where the broker has no such queue."""

    queue: WorkQueue
    work: Standing | None
    dead: Standing | None
    held: Standing | None = None
    """Of an ordered partition, what waits beside it."""

    @property
    def left(self) -> int:
        """How many webhooks it would take along: waiting ones and dead letters."""
        left = 0
        for side in (self.work, self.dead, self.held):
            if side is not None:
                left += side.messages
        return left

    @property
    def consumers(self) -> int:
        """How many workers consume it."""
        if self.work is None:
            return 0
        return self.work.consumers


async def look_at(kept: KeptChannel, queues: Sequence[WorkQueue]) -> list[Retiring]:
    """Return how the queues stand; of partitions, the last answers for their dead letters."""
    last = {queue.whole: queue for queue in queues}
    found = []
    for queue in queues:
        work = await standing(kept, queue.name)
        dead = None
        if last[queue.whole] == queue:
            dead = await standing(kept, queue.dead)
        held = await standing(kept, held_queue(queue)) if queue.is_partition else None
        found.append(Retiring(queue, work, dead, held))
    return found


async def retire(
    channel: Channel, publisher: Publisher, one: Retiring, successors: Sequence[WorkQueue]
) -> int:
    """End the queue; return how many webhooks were moved, or dropped where there is no successor.

    Of several, partitions, each webhook goes to the one that has its shop. Retries that are still
    waiting come to a successor, or else to unrouted. Killed in between, it
    can be run again: each copy is confirmed before its original is forgotten.
    """
    queue = one.queue
    if one.work is not None:
        await _close_entry(channel, queue)
    if successors:
        await _lead_retries_on(channel, one, successors)

    count = 0
    exchange = return_exchange(queue.app)
    if one.held is not None:
        # What it held comes first: it came first.
        count += await end_queue(channel, publisher, held_queue(queue), successors, exchange)
    if one.work is not None:
        count += await end_queue(channel, publisher, queue.name, successors, exchange)
    if one.dead is not None:
        exchange = dead_exchange(queue.app)
        count += await end_queue(channel, publisher, queue.dead, successors, exchange)
    return count


async def delete_exchanges(channel: Channel, queues: Iterable[WorkQueue]) -> None:
    """Delete what divided webhooks among these partitions, now that they are gone."""
    for whole in {queue.whole for queue in queues if queue.is_partition}:
        await channel.exchange_delete(buckets_exchange(whole))
        await channel.exchange_delete(moved_exchange(whole))


async def _close_entry(channel: Channel, queue: WorkQueue) -> None:
    """Let no webhook in any more; of partitions, none into any."""
    webhooks = webhooks_exchange(queue.app)
    if queue.is_partition:
        await channel.exchange_unbind(buckets_exchange(queue), webhooks, queue.binding_key)
    else:
        await channel.queue_unbind(queue.name, webhooks, queue.binding_key)


async def _lead_retries_on(
    channel: Channel, one: Retiring, successors: Sequence[WorkQueue]
) -> None:
    """Bind a successor to where retries come back, before the retired queue is unbound there."""
    retired = one.queue.name
    number = max(0, one.queue.partition)
    successor = successors[number % len(successors)]
    exchange = return_exchange(one.queue.app)
    await channel.queue_bind(successor.name, exchange, retired)
    if one.work is not None:
        await channel.queue_unbind(retired, exchange, retired)


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
