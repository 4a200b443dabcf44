"""Messages of one work queue that are decided, and that the broker may hand out again. Pure.

An ack that was written is not yet read: while a handler blocks the loop, the broker may have given
the link up. It reads acks in their order, and hands out no more than the prefetch unsettled. So of
the acks on a lost channel it has missed at most the last ones, as many as the prefetch: those are
remembered, and no others need be.
"""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from schemas.properties import ReceivedProperties
from workers.broker.under_way import Key

OWED = 10_000
"""Outcomes remembered, at most, of deliveries whose channel went away before they were settled."""
LOSSES = 200
"""Lost channels remembered, at most. A work queue has a limit of 20 returns; nothing limits
those of what is held, and its channel is opened anew 144 times in a day, the longest wait.
"""

O = TypeVar("O")  # noqa: E741 - an outcome


class Unsettled(Generic[O]):
    """Outcomes by message.

    `prefetch` is what the broker hands out unsettled; `told` the outcome of what was acked.
    """

    def __init__(self, prefetch: int, told: O) -> None:
        self._told = told
        self._acked: deque[tuple[ReceivedProperties, int]] = deque(maxlen=prefetch)
        self._owed: OrderedDict[Key, O] = OrderedDict()
        self._lost_ms: deque[int] = deque(maxlen=LOSSES)

    def remember_acks(self, prefetch: int) -> None:
        """Remember so many acks from now on, at least: the broker may hand out that many."""
        most = self._acked.maxlen or 0
        if prefetch > most:
            self._acked = deque(self._acked, maxlen=prefetch)

    def note_ack(self, properties: ReceivedProperties, size: int) -> None:
        """Note that an ack was written. The key is made when it is asked for, which is seldom."""
        self._acked.append((properties, size))

    def note_lost_channel(self, now_ms: int) -> None:
        """Note that the channel is gone: all that the broker had handed out on it comes back."""
        self._lost_ms.append(now_ms)
        for properties, size in self._acked:
            key = Key.of(properties, size)
            self.owe(key, self._told)
        self._acked.clear()

    def owe(self, key: Key, outcome: O) -> None:
        """Remember an outcome until its message comes back."""
        if not key.message_id:
            return  # another message may well have the same key

        self._owed[key] = outcome
        if len(self._owed) > OWED:
            self._owed.popitem(last=False)

    def take(self, key: Key) -> O | None:
        """Return what is owed for a message that was delivered again, and forget it."""
        return self._owed.pop(key, None)

    def excused(self, received_ms: int) -> int:
        """Count the returns of a webhook received then that lost channels account for."""
        count = 0
        for lost_ms in self._lost_ms:
            if lost_ms >= received_ms:
                count += 1
        return count
