"""Sharing limits: of how many workers this is one. Nobody hands shares out: whoever hears the same
beats comes to the same number.
"""

import asyncio
from collections.abc import Mapping

from runtime.this_process import PROCESS
from workers.broker.living import Living
from workers.limiter import Limiter
from workers.roll import Roll

CHECK_EVERY = 1.0
"""Seconds until it is looked again who lives, and what has limits now."""


class Shares:
    """Tells limiters, by their consumers' names, of how many workers they are one."""

    def __init__(self, limiters: Mapping[str, Limiter], roll: Roll, living: Living) -> None:
        self._limiters = limiters
        self._roll = roll
        self._living = living

    async def keep(self, declared: asyncio.Event) -> None:
        """Look, again and again from when all is declared, until cancelled.

        The pulse is followed once anything is shared.
        """
        await declared.wait()
        while True:
            shared = [limiter for limiter in self._limiters.values() if limiter.is_shared]
            if shared:
                self._living.want()
            for limiter in shared:
                self._share(limiter)
            await asyncio.sleep(CHECK_EVERY)

    def _share(self, limiter: Limiter) -> None:
        now = asyncio.get_running_loop().time()
        workers = self._roll.workers(limiter.consumer.name, now)
        if workers is not None and self._roll.hears_itself:
            limiter.share_among(len(workers | {PROCESS}))
        elif workers is None and limiter.workers is None:
            limiter.share_among(1)
