"""Waiting for others to do their part, and saying now and then for whom."""

import asyncio
from collections.abc import Awaitable, Callable

from runtime.amqp.channels import KeptChannel
from workers.broker.standing import standing_if_allowed

LOOK_EVERY = 0.5
"""Seconds between two looks at what is waited for."""
TELL_EVERY = 10.0
"""Seconds after which it is said again what is waited for."""

Tell = Callable[[str], None]
"""Is told what goes on, a sentence each."""


async def until_none(tell: Tell, who: Callable[[], Awaitable[str]], waited_for: str) -> None:
    """Return when it names nobody any more; say now and then what is waited for."""
    loop = asyncio.get_running_loop()
    tell_at = loop.time() + LOOK_EVERY
    names = await who()
    while names:
        if loop.time() >= tell_at:
            sentence = waited_for.format(names)
            tell(f"waiting for {sentence}")
            tell_at = loop.time() + TELL_EVERY

        await asyncio.sleep(LOOK_EVERY)
        names = await who()


async def is_consumed(kept: KeptChannel, queue: str) -> bool:
    """Tell whether anybody consumes a queue."""
    found = await standing_if_allowed(kept, queue)
    if found is None:
        return False
    return found.consumers > 0


async def told_queue(kept: KeptChannel, queue: str) -> str:
    """Return a queue's name, with how much waits there."""
    found = await standing_if_allowed(kept, queue)
    if found is None:
        return queue

    nobody = ""
    if not found.consumers:
        nobody = ", nobody consumes it"
    return f"{queue} ({found.messages} wait{nobody})"
