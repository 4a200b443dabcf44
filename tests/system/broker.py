"""A look behind the scenes, at what lies on the broker."""

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from runtime.amqp.channels import channel_of
from runtime.amqp.link import connected
from schemas.control import ControlState
from tests.system.waiting import until
from workers.broker import control


async def message_in(
    channel: AbstractChannel, queue: str, seconds: float = 30
) -> AbstractIncomingMessage:
    """Wait for a message in a queue and take it."""
    source = await channel.get_queue(queue, ensure=False)

    async def got() -> AbstractIncomingMessage | None:
        return await source.get(fail=False, no_ack=True)

    found = await until(got, seconds, f"a message in {queue}")
    assert found is not None
    found.headers.pop("x-delivery-count", None)  # the broker's, for this very look
    return found


async def ready(amqp: AbstractChannel, queue: str) -> int:
    """Count what waits in a queue."""
    declared = await amqp.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


async def control_log(url: str, app: str) -> ControlState | None:
    """Return what an app's control log says by now."""
    async with connected([url], "test") as connection, channel_of(connection) as channel:
        return await control.read(channel, app)
