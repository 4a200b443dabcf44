"""Upkeep of an app's topology while its workers run.

AMQP tells nobody of a deleted exchange or a lost binding. So every known queue is declared, not
just our own: at the start, every minute, and when something was missing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.declare import TopologyDiffersError, verify
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered, set_or_later
from schemas.control import ControlState
from schemas.in_use import on_the_move, queues_in_use
from schemas.names import WorkQueue
from schemas.topology import topology
from workers.broker import control as control_log
from workers.broker.declaring import declare_queues
from workers.broker.known import KnownControl
from workers.broker.publisher import Publisher
from workers.broker.unconsumed import Unconsumed
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.version import check_version
from workers.broker.writing_down import Writing, raise_where_in_the_way
from workers.own_queues import OwnQueues

log = structlog.get_logger()

CHECK_EVERY = 60.0
"""Seconds between two checks of everything."""
CONFIRM_AFTER = 10.0
"""Seconds until the next check where a queue was found unconsumed for the first time."""
PAUSE = 1.0
"""Seconds between two checks at least, however much is missing."""


class QueueUpkeep:
    """Keeps the topology of one app whole.

    `connection` waits for the link; `own` are the queues of our own consumers; `control` is given
    what the control log says, whenever it is read.
    """

    def __init__(
        self,
        app: str,
        own: OwnQueues,
        connection: Callable[[], Awaitable[AbstractConnection]],
        publisher: Publisher,
        unrouted: UnroutedDepth,
        *,
        verify_only: bool,
        control: KnownControl | None = None,
    ) -> None:
        self.app = app
        self.verify_only = verify_only
        self.declared = asyncio.Event()
        self.search_wanted = asyncio.Event()
        """Set when something may lie unrouted that now has a queue."""

        self._control = control or KnownControl()
        self._own_queues = own
        self._own = own.queues(self._control.state)
        self._known = self._own
        self._unrouted = unrouted
        self._channel = KeptChannel(connection)
        self._unconsumed = Unconsumed(app, self._channel)
        self._writing = Writing(app, publisher, self._channel, own)

        self._is_binding_lost = False
        self._wanted = asyncio.Event()
        self._done = asyncio.Event()

    @property
    def known(self) -> frozenset[WorkQueue]:
        """Every work queue that is to be there: ours, and those the control log tells of."""
        return self._known

    def request(self) -> None:
        """Have everything declared, and unrouted searched, again soon: something was missing."""
        self._is_binding_lost = True
        self._done.clear()
        self._wanted.set()

    async def now(self) -> None:
        """Have everything declared, and return once it is."""
        self.request()
        await self._done.wait()

    async def keep(self) -> None:
        """Check and declare, again and again, until cancelled.

        Raises TopologyDiffersError where the broker holds another topology at the start.
        """
        while True:
            self._wanted.clear()
            try:
                with lost_link_as_error():
                    await self._check()
            except TopologyDiffersError as error:
                if not self.declared.is_set():
                    raise
                log.error("topology.differs", difference=str(error))  # noqa: TRY400 - the sentence says it all
            except (*LOST, NotPublished) as error:
                await after_failure(error)
                continue

            if not self._wanted.is_set():
                self._done.set()
            await asyncio.sleep(PAUSE)
            seconds = CHECK_EVERY
            if self._unconsumed.suspected:
                seconds = CONFIRM_AFTER
            await set_or_later(self._wanted, jittered(seconds))

    async def _check(self) -> None:
        state = await self._read_control_log()
        if await self._writing.write_layouts(state, declares=not self.verify_only):
            state = await self._read_control_log()

        self._own = self._own_queues.queues(state)
        declared_before = queues_in_use(state)
        if state.queues:
            # A log that tells of none was deleted, or not read in time: it takes nothing back.
            self._known = self._own | declared_before

        if not self.verify_only:
            await self._declare_all(declared_before)
        elif not self.declared.is_set():
            needed = topology(self.app, self._own)
            await verify(self._channel, needed)
        self.declared.set()

        await self._writing.write_down(state, self._own)
        moving = self._moving()
        others = [queue for queue in self._known - self._own if queue.whole not in moving]
        await self._unconsumed.look(others, state)

    async def _read_control_log(self) -> ControlState:
        """Return what it says; raises TopologyDiffersError where its first version is another."""
        channel = await self._channel.get()
        before = self._control.state
        read = await control_log.read(channel, self.app, before)
        state = read or ControlState()
        if not self.declared.is_set():
            await check_version(self._channel, self.app, read)
            raise_where_in_the_way(self._own_queues, state)

        self._control.take(state, before)
        return state

    def _moving(self) -> frozenset[WorkQueue]:
        return on_the_move(self._control.state, self._known)

    async def _declare_all(self, declared_before: frozenset[WorkQueue]) -> None:
        """Declare every queue that is known.

        Whoever mends an exchange has to bind others' queues to it too.
        """
        in_doubt = self._known
        if not self._is_binding_lost:
            in_doubt = self._known - declared_before
        # What is lost from here on, while we declare, is for the next check to guard.
        self._is_binding_lost = False

        try:
            await declare_queues(
                self._channel, self.app, self._known, in_doubt, self._unrouted, self._moving
            )
        except BaseException:
            self._is_binding_lost = True
            raise

        if in_doubt:
            self.search_wanted.set()


async def after_failure(error: BaseException) -> None:
    """Say that a check failed, and wait a little."""
    kind = type(error).__name__
    log.warning("topology.not_checked", error=f"{kind}: {error}")
    seconds = random.uniform(0.2, 1)  # noqa: S311 - jitter
    await asyncio.sleep(seconds)
