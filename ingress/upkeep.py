"""Upkeep of what webhooks enter the broker by: declared at the start, checked every minute, and
whenever a webhook comes back. The publisher runs it.
"""

import asyncio
import random
from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

import structlog

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, declare, verify
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered, set_or_later
from schemas.broker_objects import Topology
from schemas.topology import joined, topology

log = structlog.get_logger()

CHECK_TOPOLOGY_EVERY = 60.0
"""Seconds between two checks of the topology: AMQP tells nobody of what is deleted."""
CHECK_DIFFERENCE_EVERY = 5.0
"""Seconds until the next check where something differs."""
DOUBTFUL = 10.0
"""Seconds for which a webhook that came back speaks against its app. Bindings cannot be looked at,
so no check clears it where we may not declare; after these, another webhook is tried.
"""


class Wider(NamedTuple):
    """What is to be held from now on, and what came of it: "" where the broker holds it."""

    whole: Topology
    outcome: asyncio.Future[str]

    def tell(self, outcome: str) -> None:
        """Tell whoever waits still."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class EntryUpkeep:
    """Keeps what apps publish to, and the queues behind it; `declared` once all was whole."""

    def __init__(self, apps: Iterable[str], *, verify_only: bool) -> None:
        self.declared = asyncio.Event()
        self._whole = joined(topology(app) for app in apps)
        self._verify_only = verify_only
        self._wanted = asyncio.Event()
        self._difference = ""
        self._returned: dict[str, float] = {}
        self._wider: Wider | None = None

    async def widen(self, apps: Iterable[str]) -> str:
        """Hold what these apps need; return why that cannot be had, and then nothing has changed.

        Returns once that is known, which may be never: whoever waits no longer calls `narrow`.
        """
        loop = asyncio.get_running_loop()
        self._wider = Wider(joined(topology(app) for app in apps), loop.create_future())
        self.request_check()
        return await self._wider.outcome

    def narrow(self, apps: Iterable[str]) -> None:
        """Hold what these apps need, and nothing besides: of apps that were held so far."""
        self._wider = None
        self._whole = joined(topology(app) for app in apps)

    def why_not_ready(self) -> str:
        """Say what is known to be missing; the empty string when nothing is.

        Where we may declare, what is missing is declared, and what merely differs still takes
        webhooks.
        """
        if self._difference and self._verify_only:
            return self._difference

        doubtful = self._doubtful_apps()
        if not doubtful:
            return ""
        apps = ", ".join(doubtful)
        return f"returned: no queue took a webhook of {apps}"

    def _doubtful_apps(self) -> list[str]:
        since = monotonic() - DOUBTFUL
        doubtful: list[str] = []
        for app, returned_at in self._returned.items():
            if returned_at > since:
                doubtful.append(app)
        doubtful.sort()
        return doubtful

    def request_check(self) -> None:
        """Have everything checked again soon: something may be missing."""
        self._wanted.set()

    def note_returned(self, app: str) -> None:
        """Note that a webhook of the app came back: no queue took it."""
        self._returned[app] = monotonic()
        self.request_check()

    async def keep(self, kept: KeptChannel) -> None:
        """Check, and check again, until cancelled; raises TopologyDiffersError where it differs
        before it ever was whole.

        A cluster with a frozen node may hold a declare up for a minute, so a new link does without.
        Where something is missing, the first publish closes the channel, or comes back, and the
        link stays.
        """
        pause = 0.0
        if self.declared.is_set():
            pause = CHECK_TOPOLOGY_EVERY
        while True:
            await set_or_later(self._wanted, pause)
            self._wanted.clear()

            pause = await self._check(kept)
            await pause_a_moment()

    async def _check(self, kept: KeptChannel) -> float:
        """Declare or check everything; return the seconds until the next check."""
        wider = self._wider
        whole = self._whole if wider is None else wider.whole
        try:
            await self._hold(kept, whole)
        except TopologyDiffersError as error:
            if wider is not None:
                self._wider = None
                wider.tell(str(error))
                return 0.0
            if not self.declared.is_set():
                raise

            self._difference = str(error)
            log.error("topology.differs", difference=self._difference)  # noqa: TRY400 - the sentence says it all
            return CHECK_DIFFERENCE_EVERY
        except LOST as error:
            kind = type(error).__name__
            log.warning("topology.not_declared", error=f"{kind}: {error}")
            return 0.0

        if wider is not None:
            self._whole = whole
            self._wider = None
            wider.tell("")

        self._difference = ""
        self.declared.set()
        if not self._verify_only:
            self._returned.clear()
        return jittered(CHECK_TOPOLOGY_EVERY)

    async def _hold(self, kept: KeptChannel, whole: Topology) -> None:
        with lost_link_as_error():
            if self._verify_only:
                await verify(kept, whole)
            else:
                await declare(kept, whole)


async def pause_a_moment() -> None:
    """Wait a little, and not all processes equally: they do not come back at the same moment."""
    seconds = random.uniform(0.1, 0.5)  # noqa: S311 - jitter
    await asyncio.sleep(seconds)
