"""Three ingress processes behind a balancer, a worker behind them, and two platforms that post."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.balancers import Balancer, Door, Program, balancer
from tests.faults.ledger import OK, Ledger
from tests.faults.load import Sender
from tests.faults.proxy import Proxy, proxy
from tests.faults.stage import HERE as CONSUMERS
from tests.system.door import Ingress
from tests.system.processes import ingress, worker
from tests.system.waiting import until

RATE = 25
"""Webhooks a second of either sender."""
PATIENCE = 90
"""Seconds for everything to be handled, at most."""


class Fleet:
    """What a scenario may touch.

    `fresh` posts each webhook on a connection of its own, without TLS; `kept` over TLS, on
    connections that it keeps. The second ingress reaches the broker through `link` alone.
    """

    def __init__(self, node: Node, app: str, folder: Path, stack: AsyncExitStack) -> None:
        self.doors: dict[int, Ingress] = {}
        self.balancer: Balancer
        self.link: Proxy
        self.fresh: Sender
        self.kept: Sender
        self._node = node
        self._app = app
        self._folder = folder
        self._stack = stack
        ports = free_ports(6)
        self._places = [Door(*ports[at : at + 2]) for at in (0, 2, 4)]

    async def begin(self, program: Program) -> None:
        """Start everything, and wait until it is ready."""
        self.link = await self._stack.enter_async_context(proxy(self._node.port))
        consuming = worker(self._node.url(), "--consumer", "ledger", cwd=CONSUMERS, APP=self._app)
        await self._stack.enter_async_context(consuming)
        for number in range(len(self._places)):
            await self.start(number)

        before = balancer(program, self._folder, self._places)
        self.balancer = await self._stack.enter_async_context(before)
        place = self.balancer.place
        self.fresh = self.sender(place.plain, kept=False)
        self.kept = self.sender(place.tls, kept=True, trusting=self.balancer.trusting)

    def sender(self, port: int, *, kept: bool, trusting: ssl.SSLContext | None = None) -> Sender:
        """Return a platform, with a ledger of its own."""
        ledger = Ledger(self._folder / "handled")
        return Sender(port, self._app, ledger, ("done",), RATE, kept=kept, trusting=trusting)

    async def start(self, number: int) -> None:
        """Start an ingress as a user does, with the delays that a user gets, and wait for it."""
        place = self._places[number]
        url = self._node.url()
        if number == 1:
            url = f"amqp://guest:guest@127.0.0.1:{self.link.port}/"
        started = ingress(
            url,
            APP=self._app,
            PORT=str(place.port),
            ADMIN_PORT=str(place.admin_port),
            DRAIN_DELAY=None,
        )
        self.doors[number] = await self._stack.enter_async_context(started)

    async def restart(self, number: int) -> None:
        """End an ingress in order, and start it again."""
        await self.doors[number].stop()
        await self.start(number)

    async def answered(self, more: int) -> None:
        """Wait until each sender has got so many more answers: how time is told here."""
        before = [len(sender.ledger.answers) for sender in self.senders]

        async def enough() -> bool:
            counts = [len(sender.ledger.answers) for sender in self.senders]
            return all(now >= then + more for now, then in zip(counts, before, strict=True))

        await until(enough, PATIENCE, f"{more} more answers")

    @property
    def senders(self) -> list[Sender]:
        """Both."""
        return [self.fresh, self.kept]

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Have both senders post for a while before, during and after."""
        stop = asyncio.Event()
        sending = [asyncio.create_task(sender.run(stop)) for sender in self.senders]
        try:
            await self.answered(100)
            yield
            await self.answered(300)
        finally:
            stop.set()
            await asyncio.gather(*sending)

    async def missing(self) -> set[str]:
        """Wait until all that was answered 200 is handled; return what is not at the end."""

        async def none() -> bool:
            return not any(sender.ledger.missing() for sender in self.senders)

        try:
            await until(none, PATIENCE)
        except AssertionError:
            return set().union(*(sender.ledger.missing() for sender in self.senders))
        return set()

    def twice(self) -> int:
        """Return how many webhooks were handled more than once: those that were sent twice."""
        handled = Counter(handling.id for handling in self.fresh.ledger.handled())
        return sum(count > 1 for count in handled.values())


async def posted(sender: Sender, count: int) -> None:
    """Have a sender post alone, until it has got so many answers."""
    stop = asyncio.Event()
    sending = asyncio.create_task(sender.run(stop))

    async def enough() -> bool:
        return len(sender.ledger.answers) >= count

    try:
        await until(enough, PATIENCE, f"{count} answers")
    finally:
        stop.set()
        await sending


def statuses(sender: Sender) -> Counter[int]:
    """Return how often each status was answered; 0 where the connection ended without an answer."""
    return Counter(answer.status for answer in sender.ledger.answers)


def failed(sender: Sender) -> Counter[int]:
    """Return how often each status but 200 was answered."""
    counts = statuses(sender)
    del counts[OK]
    return counts


@asynccontextmanager
async def fleet(program: Program, node: Node, app: str, folder: Path) -> AsyncIterator[Fleet]:
    """Run all of it for a while."""
    async with AsyncExitStack() as stack:
        found = Fleet(node, app, folder, stack)
        await found.begin(program)
        yield found
