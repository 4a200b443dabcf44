"""Whether a look saw all that lay in a queue: what another look holds, nobody else sees.

A queue tells how much is ready, and how many consume it; who has looked still counts as one while
anything of his is on its way back. So where nobody did right before a look, and as much was looked
at as was ready, nothing was hidden.
"""

import asyncio
from time import monotonic

from runtime.amqp.channels import KeptChannel
from runtime.waiting import set_or_later
from workers.broker.standing import Standing, standing_if_allowed

PATIENCE = 60.0
"""Seconds for which others may hold letters that are needed, from when some were last found."""
AGAIN_AFTER = 0.5
"""Seconds until another look."""


class StillHeld(Exception):
    """Others have held what lies in a queue for too long; the message names the queue."""


class WholeLook:
    """Tells of looks through one queue whether they saw all of it, and waits until one can."""

    def __init__(self, kept: KeptChannel, queue: str, stop: asyncio.Event) -> None:
        self._kept = kept
        self._queue = queue
        self._stop = stop
        self._before: Standing | None = None
        self._deadline = monotonic() + PATIENCE

    async def begin(self) -> None:
        """Note how the queue stands; to be called right before a look."""
        self._before = await standing_if_allowed(self._kept, self._queue)

    def saw_all(self, looked_at: int) -> bool:
        """Tell whether a look that came to so many messages had all that lay there."""
        before = self._before
        if before is None:
            return True  # there is no such queue
        return not before.consumers and looked_at >= before.messages

    def found_some(self) -> None:
        """Be patient anew."""
        self._deadline = monotonic() + PATIENCE

    async def wait(self) -> None:
        """Wait until it is worth another look, or for the stop; raises StillHeld."""
        if monotonic() >= self._deadline:
            raise StillHeld(self._queue)
        await set_or_later(self._stop, AGAIN_AFTER)
