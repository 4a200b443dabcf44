"""Queues that can be looked through, as the broker keeps them: held, acked, given back in order.

What another look holds is ready for nobody.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from schemas.properties import ReceivedProperties
from workers.broker.browse import HeldMessage
from workers.broker.standing import Standing


class Look:
    """What holds the messages of one look, and takes acks."""

    def __init__(self, queues: "Queues", queue: str) -> None:
        self.held = 0
        self.forgotten = 0
        self.channel = SimpleNamespace(basic_ack=self._ack)
        self._queues = queues
        self._queue = queue

    async def _ack(self, tag: int, *, wait: bool) -> None:
        assert not wait
        waiting = self._queues.messages[self._queue]
        (one,) = [message for message in waiting if message["tag"] == tag]
        waiting.remove(one)
        self._queues.journal.append(("ack", one["id"]))


class Queues:
    """Messages by queue: each an id and further headers. `journal` tells what was done to them."""

    def __init__(self, **ids: list[str]) -> None:
        self.journal: list[Any] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.looks = 0
        self.elsewhere = set[str]()
        """Ids of what another look holds."""
        self._tags = 0
        for queue, some in ids.items():
            self.add(queue.replace("__", "."), *some)

    def add(self, queue: str, *ids: str, **headers: Any) -> None:
        """Have messages come to a queue."""
        for one in ids:
            self._tags += 1
            message = {"tag": self._tags, "id": one, "headers": headers}
            self.messages.setdefault(queue, []).append(message)

    def take(self, queue: str, one: str) -> None:
        """Have somebody else take a message away."""
        there = self.messages[queue]
        self.messages[queue] = [message for message in there if message["id"] != one]

    def ids(self, queue: str) -> list[str]:
        """The ids of what is there."""
        return [message["id"] for message in self.messages.get(queue, [])]

    async def standing(self, _: Any, queue: str) -> Standing:
        """Tell how a queue stands."""
        there = self.ids(queue)
        ready = [one for one in there if one not in self.elsewhere]
        return Standing(len(ready), consumers=len(ready) < len(there))

    @asynccontextmanager
    async def browsing(
        self, _: Any, queue: str, *, wants: Any = None
    ) -> AsyncIterator[AsyncIterator[HeldMessage]]:
        """Yield what the queue holds now."""
        self.looks += 1
        there = [
            message
            for message in self.messages.get(queue, [])
            if message["id"] not in self.elsewhere
        ]
        yield self._held(Look(self, queue), there)

    async def _held(self, look: Look, there: list[dict[str, Any]]) -> AsyncIterator[HeldMessage]:
        for message in there:
            headers = {"webhook-id": message["id"]} | message["headers"]
            properties = ReceivedProperties(
                type="orders/create", headers=headers, message_id=f"m{message['tag']}"
            )
            yield HeldMessage(cast("Any", look), message["tag"], "key", properties, b"{}")
