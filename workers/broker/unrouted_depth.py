"""How much lies unrouted: its growth is how a lost binding shows."""

from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import KeptChannel
from schemas.names import unrouted_queue
from workers.broker.standing import Standing, standing


class UnroutedDepth:
    """Counts what lies unrouted, beside what the last search left there: nothing, before any."""

    def __init__(self, app: str, connection: Callable[[], Awaitable[AbstractConnection]]) -> None:
        self.left = 0
        self._queue = unrouted_queue(app)
        self._channel = KeptChannel(connection)

    async def has_grown(self) -> bool:
        """Tell whether more lies there than was left."""
        found = await self._standing()
        return found.messages > self.left

    async def may_have_grown(self) -> bool:
        """Tell the same, or that somebody searches: what he holds is not counted."""
        found = await self._standing()
        return found.messages > self.left or found.consumers > 0

    async def _standing(self) -> Standing:
        found = await standing(self._channel, self._queue)
        return found or Standing(0, 0)
