"""What stands in an app's control log: who ordered and did what, when."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from runtime.amqp.channels import channel_of
from runtime.amqp.link import Connection
from workers.broker import control as control_log
from workers.operate.entries import Entry, entry_of


async def history(
    connection: Connection, app: str, since_ms: int = 0
) -> AsyncGenerator[Entry, None]:
    """Yield what was ordered and done since then, the oldest first.

    Restatements are passed over: they say nothing new. Where there is no log, there is nothing.
    """
    async with (
        channel_of(connection) as channel,
        aclosing(control_log.records(channel, app)) as records,
    ):
        async for _, record in records:
            entry = entry_of(record)
            if entry is not None and entry.at >= since_ms:
                yield entry
