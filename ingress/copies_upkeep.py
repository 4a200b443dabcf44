"""Upkeep of what copies of webhooks are published to, and of what keeps them."""

import asyncio
from collections.abc import Sequence

import structlog

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, declare, delete_exchanges, verify
from runtime.amqp.link import quietly
from runtime.waiting import jittered
from schemas.copies import Copies, copies_topology, tap_exchange
from schemas.topology import joined

log = structlog.get_logger()

CHECK_EVERY = 60.0
"""Seconds between two looks."""
HINT = "webhooks are stored as ever; `hookline-ingress check` says what differs"


class CopiesUpkeep:
    """Makes what copies of webhooks need; or checks it, unless it `declares`.

    Where taps are off and were on, it ends that: nobody is to listen for copies that never come.
    """

    def __init__(self, copies: Copies, *, declares: bool) -> None:
        self._copies = copies
        self._declares = declares
        self._difference = ""
        self.serve(())

    def serve(self, apps: Sequence[str]) -> None:
        """Do so for these apps from now on."""
        self._whole = joined(copies_topology(app, self._copies) for app in apps)
        self._stale = () if self._copies.taps else tuple(map(tap_exchange, apps))

    async def keep(self, watching: asyncio.Task[None], kept: KeptChannel) -> None:
        """Look again now and then, until the watch ends.

        AMQP tells nobody of what is taken away, and an ingress that makes no copies for taps takes
        away what they listen at.
        """
        while not watching.done():
            await asyncio.wait([watching], timeout=jittered(CHECK_EVERY))
            if watching.done():
                return
            with quietly():  # where the link is lost, the watch ends too
                await self.look(kept)

    async def look(self, kept: KeptChannel) -> None:
        """Make or check what copies need; what differs may do all the same, and is told."""
        try:
            if not self._declares:
                await verify(kept, self._whole)
                return
            await declare(kept, self._whole)
            await delete_exchanges(kept, self._stale)
        except TopologyDiffersError as error:
            difference = str(error)
            if difference != self._difference:
                log.error("copies.differ", difference=difference, hint=HINT)  # noqa: TRY400 - the sentence says it all
            self._difference = difference
