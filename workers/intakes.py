"""The intakes of this process: one a queue, and one a partition, of those that there are."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from runtime.tracing import Tracing
from schemas import headers as webhook_headers
from schemas.bucket import bucket
from schemas.control import ControlState
from schemas.in_use import layout_of
from schemas.names import WorkQueue
from workers.breakers import Breakers
from workers.broker.at_once import AtOnce
from workers.broker.fence import tell_drained
from workers.broker.in_order import InOrder
from workers.broker.intake import Intake
from workers.broker.ordered_subscription import publish_mark
from workers.broker.publisher import Publisher
from workers.broker.settle import Settle
from workers.broker.under_way import UnderWay
from workers.broker.way import MakeWay
from workers.consumer import Consumer
from workers.limiter import Limiter


class Intakes:
    """Makes the intakes of an app's consumers; `all` grows when further partitions become known."""

    def __init__(
        self,
        app: str,
        consumers: Iterable[Consumer[Any]],
        settle: Settle,
        breakers: Breakers,
        publisher: Publisher,
        tracing: Tracing | None = None,
    ) -> None:
        self.all: list[Intake] = []
        self.divided: dict[WorkQueue, Consumer[Any]] = {}
        """Consumers that have partitions, by what all partitions of a topic share."""
        self._settle = settle
        self._breakers = breakers
        self._drained = partial(tell_drained, publisher)
        self._in_order = partial(InOrder, mark=partial(publish_mark, publisher))
        self._tracing = tracing
        self._suspect_turn = asyncio.Lock()
        self._state = ControlState()

        self.limiters: dict[str, Limiter] = {}
        """Those of the consumers, by name."""

        for one in consumers:
            self.limiters[one.name] = Limiter(one)
            for queue in one.queues(app):
                if one.partitions:
                    self.divided[queue.whole] = one
                else:
                    self._make(queue, one)

    def queues(self) -> list[WorkQueue]:
        """The queues of all of them."""
        return [intake.queue for intake in self.all]

    def of(self, whole: WorkQueue) -> list[Intake]:
        """Return those of a consumer's partitions of a topic."""
        return [intake for intake in self.all if intake.queue.whole == whole]

    def grow(self, state: ControlState) -> list[Intake]:
        """Make those of the partitions that the control log tells of by now, and return them."""
        self._state = state
        known = {intake.queue for intake in self.all}
        made = []
        for whole, one in self.divided.items():
            layout = layout_of(state, whole)
            if layout is None:
                continue
            new = [queue for queue in layout.queues(whole) if queue not in known]
            made += [self._make(queue, one) for queue in new]
        return made

    def home(self, run: UnderWay, shop: str) -> WorkQueue:
        """Return the partition that is to run what came back from a wait: since that began there
        may be more of them, and its shop may have moved.
        """
        queue = run.queue
        layout = layout_of(self._state, queue)
        has_waited = webhook_headers.WAITING in run.headers and run.held_at is None
        if layout is None or layout.is_moving or not has_waited:
            return queue

        number = bucket(shop) % layout.partitions
        return replace(queue, partition=number)

    def _make(self, queue: WorkQueue, one: Consumer[Any]) -> Intake:
        limiter = self.limiters[one.name]
        way: MakeWay = self._in_order if one.ordered else AtOnce
        turn = self._suspect_turn
        intake = Intake(queue, self._settle, turn, limiter, way, self._drained)

        if self._tracing is not None:
            intake.decider.trace(self._tracing)
        if queue.is_partition:
            intake.decider.place_by(self.home)
        self._breakers.watch(queue, one, intake.decider.count_by)
        self.all.append(intake)
        return intake
