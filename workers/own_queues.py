"""The work queues of a worker's own consumers: what they declare, as the control log has it. Pure.

How many partitions there are, the log says. What a consumer declares is what is written down where
nothing has been said: afterwards it is changed by `topology partition`, and by no deployment.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from schemas.control import ControlState
from schemas.in_use import layout_of, queues_in_use
from schemas.layouts import Layout
from schemas.names import WorkQueue
from schemas.partition_names import held_queue
from workers.consumer import Consumer


class OwnQueues:
    """The queues of these consumers and topics.

    `declared` tells of each how many partitions it is to have, 0 for none; of `never_replayed`
    dead letters are not to be replayed.
    """

    def __init__(
        self, declared: Mapping[WorkQueue, int], never_replayed: Collection[WorkQueue] = ()
    ) -> None:
        self._declared = declared
        self._never_replayed = never_replayed

    @classmethod
    def of(cls, app: str, consumers: Iterable[Consumer[Any]]) -> "OwnQueues":
        """Return those of these consumers."""
        declared: dict[WorkQueue, int] = {}
        never_replayed: list[WorkQueue] = []
        for one in consumers:
            wholes = {queue.whole for queue in one.queues(app)}
            declared |= dict.fromkeys(wholes, one.partitions or 0)
            if one.replay == "never":
                never_replayed += wholes
        return cls(declared, never_replayed)

    def queues(self, state: ControlState) -> frozenset[WorkQueue]:
        """Return the queues that there are to be."""
        found: set[WorkQueue] = set()
        for whole, count in self._declared.items():
            layout = layout_of(state, whole) if count else None
            found.update(whole.split(count) if layout is None else layout.queues(whole))
        return frozenset(found)

    def never_replayed(self, queues: Iterable[WorkQueue]) -> list[str]:
        """Return the names of those whose consumer declares so."""
        return [queue.name for queue in queues if queue.whole in self._never_replayed]

    def unsaid(self, state: ControlState) -> dict[WorkQueue, int]:
        """Return how many partitions there are to be, where nothing has been said of it."""
        return {
            whole: count
            for whole, count in self._declared.items()
            if count and layout_of(state, whole) is None
        }

    def differing(self, state: ControlState) -> Iterator[tuple[WorkQueue, int, Layout]]:
        """Yield what has another number of partitions than is declared here, that number, and what
        it has.
        """
        for whole, count in self._declared.items():
            layout = layout_of(state, whole)
            if count and layout is not None and layout.partitions != count:
                yield whole, count, layout

    def in_the_way(self, state: ControlState) -> str:
        """Say which queue keeps a consumer from having partitions, or from having none; the empty
        text where none does.
        """
        in_order = {whole for whole in self._declared if whole.ordered}
        for known in sorted(queues_in_use(state)):
            count = self._declared.get(known.whole)
            if count is None:
                continue

            if known.is_partition != bool(count):
                return _other_queues(known, count)
            if known.ordered and known.whole not in in_order:
                return _no_order_any_more(known)
        return ""


def _other_queues(known: WorkQueue, count: int) -> str:
    has = "partitions" if known.is_partition else "one queue"
    asks = f"{count} partitions" if count else "one queue"
    return (
        f"consumer {known.consumer}: {known.pattern.slashed} has {has} on the broker "
        f"({known.name}) and asks for {asks} now: both would get every webhook. Give the "
        "consumer another name=, stop the workers of the old one, and move what it has: "
        f"`hookline-workers topology retire {known.consumer} --to NAME`; "
        "nothing was changed"
    )


def _no_order_any_more(known: WorkQueue) -> str:
    return (
        f"consumer {known.consumer}: {known.pattern.slashed} was ordered, and is not now: nobody "
        f"would read what {held_queue(known)} holds. Let it be ordered=True, or give the consumer "
        "another name=, stop the workers of the old one, and move what it has: "
        f"`hookline-workers topology retire {known.consumer} --to NAME`; nothing was changed"
    )
