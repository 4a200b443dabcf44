"""The stage of a scenario: broker, ingress, workers and sender, kept running while something is
broken.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from functools import partial
from pathlib import Path

import aio_pika
from aio_pika.abc import AbstractConnection

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topology import topology
from tests.faults.books import PATIENCE, Books
from tests.faults.earlier import installed
from tests.faults.kept import Kept, is_ready
from tests.faults.ledger import Ledger, Row
from tests.faults.load import Sender
from tests.faults.proxy import Proxy, proxy
from tests.faults.scenario import Scenario
from tests.system.process import Process
from tests.system.processes import BIN, ingress, worker
from tests.system.waiting import until

HERE = Path(__file__).parent
QUEUE = "{app}.ledger.orders.create"


class Stage:
    """What a scenario may touch. `full`: the long form; the short one is for the test suite."""

    def __init__(
        self, nodes: list[Node], app: str, folder: Path, plan: Scenario, *, full: bool
    ) -> None:
        self.nodes = nodes
        self.app = app
        self.folder = folder
        self.plan = plan
        self.full = full
        others = tuple(folder / f"handled-{name}" for name in plan.deployments[1:])
        self.ledger = Ledger(folder / "handled", others)
        self.books = Books(nodes, app, self.ledger)
        self.door: Kept
        self.crew: list[Kept] = []
        self.sender: Sender
        self.links: dict[str, Proxy] = {}
        self.commands = BIN
        """Where the next process that starts comes from."""
        self.measured = self.books.measured

    @property
    def node(self) -> Node:
        """The broker, or its first node."""
        return self.nodes[0]

    @property
    def queue(self) -> str:
        """The work queue's name."""
        return QUEUE.format(app=self.app)

    def seconds(self, full: float, short: float) -> float:
        """Return how long something lasts, in this form."""
        return full if self.full else short

    @asynccontextmanager
    async def fault(self) -> AsyncIterator[None]:
        """Mark when the fault is there."""
        start = time.time()
        yield
        self.ledger.faults.append((start, time.time()))

    async def handled(self, more: int = 20, seconds: float = PATIENCE) -> None:
        """Wait until so many more are handled."""
        before = len(self.ledger.handled())

        async def enough() -> bool:
            return len(self.ledger.handled()) >= before + more

        await until(enough, seconds, f"{more} more handled")

    async def unavailable(self, more: int = 5) -> None:
        """Wait until so many more webhooks are answered 503."""
        await self.answered(503, more)

    async def answered(self, status: int, more: int = 5) -> None:
        """Wait until so many more webhooks are answered with the status."""

        def count() -> int:
            return sum(answer.status == status for answer in self.ledger.answers)

        before = count()

        async def enough() -> bool:
            return count() >= before + more

        await until(enough, PATIENCE, f"{more} more answered {status}")

    def any_worker(self) -> Kept:
        """Return one of the workers."""
        return random.choice(self.crew)  # noqa: S311 - chaos, not cryptography

    async def logged(self, kept: Kept, event: str, seconds: float = 60) -> None:
        """Wait until the process has logged one more such event."""
        process = await kept.started()
        before = len(process.events(event))

        async def another() -> bool:
            return len(process.events(event)) > before

        await until(another, seconds, event)

    async def play(self, name: str, version: str, rate: float = 0) -> Row:
        """Run the scenario under load; return the books when all is made good again, or when
        patience ends.
        """
        stop = asyncio.Event()
        async with AsyncExitStack() as stack:
            await self._set(stack, rate or self.seconds(80, 30))
            sending = asyncio.create_task(self.sender.run(stop))
            try:
                await self.handled()
                await self.plan.act(self)
                with suppress(AssertionError):  # the row shows it
                    await until(self._recovered, PATIENCE)
                await self.handled(int(self.seconds(100, 10)))
            finally:
                stop.set()
                await sending
            with suppress(AssertionError):  # the row shows it
                await self.books.complete()
            for kept in [self.door, *self.crew]:
                await kept.stop()
        await self._leave()
        self.plan.finds(self)
        return self.ledger.row(name, version)

    async def _leave(self) -> None:
        """Take the queues away: elections over what a scenario left are no part of the next."""

        async def reached() -> AbstractConnection | None:
            """Connect to any of the nodes: one that was cut off from the others may still be
            paused.
            """
            for node in self.nodes:
                with suppress(OSError, aio_pika.exceptions.AMQPError):
                    return await aio_pika.connect(node.url(), timeout=5)
            return None

        found = await until(reached, 60, "a node that answers")
        assert found is not None
        async with found as connection, connection.channel() as channel:
            mine = [WorkQueue(self.app, name, "orders.create") for name in self.plan.deployments]
            for queue in topology(self.app, mine).queues:
                await channel.queue_delete(queue.name)

    async def _set(self, stack: AsyncExitStack, rate: float) -> None:
        for who in self.plan.through:
            self.links[who] = await stack.enter_async_context(proxy(self.node.port))
        (port,) = free_ports(1)
        if self.plan.begins_as:
            folder = self.folder / "earlier"
            self.commands = await asyncio.to_thread(installed, self.plan.begins_as, folder)
        os.environ["LEDGER"] = str(self.ledger.handled_file)
        self.door = Kept(partial(self._ingress, port))
        self.crew = [
            Kept(partial(self._worker, name))
            for name in self.plan.deployments
            for _ in range(self.plan.workers)
        ]
        for kept in [self.door, *self.crew]:
            stack.push_async_callback(kept.stop)
        for kept in [self.door, *self.crew]:
            process = await kept.started()
            await until(lambda process=process: is_ready(process), 60, "ready")  # type: ignore[misc]
        mix, shops = self.plan.mix, self.plan.shops
        self.sender = Sender(port, self.app, self.ledger, mix, rate, shops=shops)

    def _ingress(self, port: int) -> AbstractAsyncContextManager[Process]:
        settings = {"APP": self.app, **self.plan.settings, "PORT": str(port)}
        url = self._url("ingress")
        return ingress(url, commands=self.commands, ready=False, given=None, **settings)

    def _worker(self, consumer: str) -> AbstractAsyncContextManager[Process]:
        settings = {"APP": self.app, **self.plan.settings}
        url = self._url("worker")
        return worker(
            url, "--consumer", consumer, cwd=HERE, commands=self.commands, ready=False, **settings
        )

    def _url(self, who: str) -> str:
        if who in self.links:
            return f"amqp://guest:guest@127.0.0.1:{self.links[who].port}/"
        return ",".join(node.url() for node in self.nodes)

    async def _recovered(self) -> bool:
        return self.ledger.recovered_at() is not None or not self.ledger.faults

    async def written_down(self, identity: str) -> None:
        """Wait until this one is handled."""

        async def found() -> bool:
            return identity in {handling.id for handling in self.ledger.handled()}

        await until(found, PATIENCE, "handled")
