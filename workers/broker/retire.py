"""Retiring a work queue: nothing more comes in, what is left goes on or is dropped, it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiormq import Channel

from runtime.amqp.channels import KeptChannel
from schemas.names import (
    WorkQueue,
    dead_exchange,
    return_exchange,
    webhooks_exchange,
)
from schemas.partition_names import buckets_exchange, held_queue, moved_exchange
from workers.broker.emptying import end_held, end_queue
from workers.broker.publisher import Publisher
from workers.broker.standing import Standing, standing


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
        count += await end_held(channel, publisher, queue, successors)
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
