"""Looking through a span of the journal, at several stretches of it at the same time. No AMQP.

Where webhooks come one by one, RabbitMQ keeps each for itself, and reading them it mostly waits
for its own threads: sixteen readers get four to eight times as much as one (4.0 and 3.10).
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, NamedTuple

from runtime.lifetime import end_tasks
from workers.broker.journal_copy import Copy

STRETCH = 2_500
"""Copies that one look is to see: what it has found is shown then."""
AT_ONCE = 16
"""Looks at the same time, at most: from more, RabbitMQ gives no more."""
AT_ONCE_WITH_BODIES = 4
"""Where they take bodies: what is seen ahead is in memory."""


class Span(NamedTuple):
    """From which offset to which is looked."""

    first: int
    last: int


class Seen(NamedTuple):
    """What a look found, and from where the next goes on; `is_past` where nothing behind that is
    meant.
    """

    found: list[Copy]
    next_offset: int
    is_past: bool = False


Look = Callable[[Span], Coroutine[Any, Any, Seen]]
"""Looks through a span; what it has found may fill it before the span ends."""


async def looks(span: Span, look: Look, most: int = AT_ONCE) -> AsyncGenerator[Seen, None]:
    """Yield what looks through a span give, in its order; raise what they raise.

    It begins with one, and has twice as many each time, `most` at the end: who has enough soon
    costs little. What is seen ahead waits here, and reads nothing meanwhile.
    """
    stretches = _stretches(span)
    ahead: deque[tuple[Span, asyncio.Task[Seen]]] = deque()
    at_once = 1
    try:
        while True:
            while len(ahead) < at_once and (stretch := next(stretches, None)):
                ahead.append(_begun(look, stretch))
            if not ahead:
                return

            stretch, looking = ahead[0]
            seen = await looking
            ahead.popleft()
            yield seen
            if seen.is_past:
                return

            if seen.next_offset <= stretch.last:
                rest = Span(seen.next_offset, stretch.last)
                ahead.appendleft(_begun(look, rest))
            at_once = min(2 * at_once, most)
    finally:
        await end_tasks(looking for _, looking in ahead)


def _stretches(span: Span) -> Iterator[Span]:
    for first in range(span.first, span.last + 1, STRETCH):
        last = min(first + STRETCH - 1, span.last)
        yield Span(first, last)


def _begun(look: Look, span: Span) -> tuple[Span, asyncio.Task[Seen]]:
    return span, asyncio.create_task(look(span))
