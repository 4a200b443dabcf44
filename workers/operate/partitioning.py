"""Changing in how many partitions a consumer takes a topic, while webhooks come and are handled.

    told      the control log says how many there are to be: what gets buckets is closed by that
    heard     every worker knows that, and nobody handles what is closed
    moved     each bucket goes to its new partition, from one webhook to the next
    drained   the old ones have handled all that came before: what is closed opens, one by one
    settled   the bindings are as they would have been made for so many; those that are none any
              more are gone

Ended at whatever point, it is run again, and goes on from there.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from time import time

from runtime.amqp.channels import KeptChannel, channel_of
from runtime.amqp.declare import bind_at_once, declare, take_away
from runtime.amqp.link import Connection
from schemas import control_records
from schemas.bucket import BUCKETS
from schemas.bucket_moves import BucketMove, bucket_move
from schemas.control import ControlState
from schemas.in_use import layout_of
from schemas.layout_records import Step, layout_record
from schemas.layouts import Layout
from schemas.names import WorkQueue, return_exchange
from schemas.topology import VERSION, topology
from workers.broker import control as control_log
from workers.broker.emptying import end_held, end_queue
from workers.broker.fence import fence
from workers.broker.heard import who_has_not_heard
from workers.broker.publisher import Publisher
from workers.operate.waited_for import Tell, is_consumed, told_queue, until_none

CONFIRM_TIMEOUT = 10.0
UNHEARD = 70.0
"""Seconds in which every worker reads the control log, whatever it hears."""


class CannotPartition(Exception):
    """There is nothing to be changed, or not now; the message says why."""


class Partitioning:
    """Changes the partitions of one consumer and topic of an app, for whom `by` names."""

    def __init__(self, connection: Connection, whole: WorkQueue, by: str, tell: Tell) -> None:
        self._connection = connection
        self._whole = whole
        self._by = by
        self._tell = tell
        self._kept = KeptChannel.on(connection)
        self._publisher = Publisher.on(connection, CONFIRM_TIMEOUT)

    async def into(self, count: int) -> None:
        """Have so many partitions from now on; raises CannotPartition."""
        layout = await self._begin(count)
        if not layout.is_moving:
            self._tell(f"{self._whole.name} has {count} partitions")
            return

        move = bucket_move(self._whole, layout)
        await self._until_closed(layout)
        await self._move(layout, move)
        await self._until_drained(layout)
        await self._settle(layout, move)
        self._tell(f"{self._whole.name} has {count} partitions now, and had {layout.before}")

    async def _begin(self, count: int) -> Layout:
        """Write down what is wanted, where that is not under way already; return what holds."""
        known = await self._layout()
        if known.is_moving and known.partitions != count:
            raise CannotPartition(
                f"{self._whole.name} is on its way from {known.before} to {known.partitions} "
                f"partitions: finish that first, with --into {known.partitions}"
            )
        if known.partitions == count:
            return known

        await self._write(Step.PARTITIONED, partitions=count, before=known.partitions)
        return await self._layout()

    async def _until_closed(self, layout: Layout) -> None:
        """Return once every worker has heard, and nobody takes from what gets buckets."""

        app = self._whole.app

        async def who() -> str:
            deaf = await who_has_not_heard(self._kept, app, layout.offset)
            return ", ".join(deaf or ())

        await until_none(self._tell, who, "workers to hear of it: {}")
        if await who_has_not_heard(self._kept, app, layout.offset) is None:
            self._tell(f"no pulse tells who has heard of it: waiting for {UNHEARD:.0f} s")
            await asyncio.sleep(UNHEARD)

        closed = layout.gaining - layout.open

        async def whose() -> str:
            names = self._names(closed)
            busy = [name for name in names if await is_consumed(self._kept, name)]
            return ", ".join(busy)

        await until_none(self._tell, whose, "what runs to end in {}")

    async def _move(self, layout: Layout, move: BucketMove) -> None:
        """Lead each bucket to its new partition, then a fence behind the last to each old one."""
        app = self._whole.app
        queues = layout.queues(self._whole)
        needed = topology(app, queues, moving={self._whole})
        await declare(self._kept, needed)
        await self._write_declared(queues)

        await bind_at_once(self._kept, move.fences)
        await bind_at_once(self._kept, move.arriving)
        await take_away(self._kept, move.departing)
        count = len(move.departing)
        self._tell(f"{count} of {BUCKETS} buckets go to other partitions from here on")

        message = fence(app)
        for binding in move.fences:
            await self._publisher.publish(binding.exchange, binding.routing_key, message, b"")
        await take_away(self._kept, move.retries_before)
        await bind_at_once(self._kept, move.retries_after)

    async def _until_drained(self, layout: Layout) -> None:
        async def which() -> str:
            now = await self._layout()
            left = layout.losing - now.drained
            names = self._names(left)
            told = [await told_queue(self._kept, name) for name in names]
            return ", ".join(told)

        await until_none(self._tell, which, "what came before to be handled: {}")

    async def _settle(self, layout: Layout, move: BucketMove) -> None:
        """Bind all as it would have been, and end the partitions that are none any more."""
        await bind_at_once(self._kept, move.settling)
        for left_over in (move.arriving, move.fences, move.departing):
            await take_away(self._kept, left_over)

        going = layout.numbers[layout.partitions :]
        names = self._names(going)
        await self._write(Step.SETTLED, names)

        successors = self._whole.split(layout.partitions)
        exchange = return_exchange(self._whole.app)
        for number in going:
            queue = replace(self._whole, partition=number)
            async with channel_of(self._connection) as channel:
                if queue.ordered:
                    await end_held(channel, self._publisher, queue, successors)
                await end_queue(channel, self._publisher, queue.name, successors, exchange)

    async def _state(self) -> ControlState:
        channel = await self._kept.get()
        read = await control_log.read(channel, self._whole.app)
        return read or ControlState()

    async def _layout(self) -> Layout:
        """Return what the control log says; raises CannotPartition where it says nothing."""
        state = await self._state()
        layout = layout_of(state, self._whole)
        if layout is None:
            raise CannotPartition(f"{self._whole.name} has no partitions")
        return layout

    async def _write_declared(self, queues: Iterable[WorkQueue]) -> None:
        """Write down that the new ones are there too; their workers do so within a minute."""
        state = await self._state()
        names = [queue.name for queue in queues]
        ordered = names if self._whole.ordered else ()
        never = state.never_replayed
        if never.intersection(names):
            never = never.union(names)

        now_ms = int(time() * 1000)
        record = control_records.declared(
            state, names, never, ordered, topology=VERSION, by=self._by, at=now_ms
        )
        if record is not None:
            await control_log.write(self._publisher, self._whole.app, record)

    async def _write(self, what: Step, queues: Iterable[str] = (), **said: int) -> None:
        now_ms = int(time() * 1000)
        record = layout_record(what, self._whole, by=self._by, at=now_ms, **said)
        names = list(queues)
        if names:
            record["queues"] = names
        await control_log.write(self._publisher, self._whole.app, record)

    def _names(self, numbers: Iterable[int]) -> list[str]:
        names = []
        for number in sorted(numbers):
            partition = replace(self._whole, partition=number)
            names.append(partition.name)
        return names
