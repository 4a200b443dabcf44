"""The stage of a scenario: broker, ingress, workers and sender, kept running while something is
broken.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aio_pika
import aiohttp
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity

from deploy.local.ports import free_ports
from deploy.local.rabbitmq import Node
from schemas.names import WorkQueue
from schemas.topology import topology
from tests.faults.ledger import Ledger, Row
from tests.faults.load import Sender, digest
from tests.faults.proxy import Proxy, proxy
from tests.system.door import Ingress
from tests.system.process import Process
from tests.system.processes import ingress, worker
from tests.system.waiting import until

HERE = Path(__file__).parent
QUEUE = "{app}.ledger.orders.create"
REST = 0.2
"""Seconds until a process that died is started again, as a supervisor would."""
PATIENCE = 240
"""Seconds for everything to be made good after a fault, at most; by default the broker itself takes
up to 180.
"""
OPERATOR = 40
"""Seconds until somebody looks at the broker itself, where books do not balance."""
REVIVED = "brokers revived"


@dataclass(frozen=True)
class Scenario:
    """What is broken, and under what: `mix` is the work that the webhooks ask for, `through` who
    gets a bad link.

    `deployments`: consumers that run apart, as two teams would run them; each has to handle
    everything.
    """

    name: str
    act: Callable[["Stage"], Awaitable[None]]
    mix: tuple[str, ...] = ("done",)
    workers: int = 1
    deployments: tuple[str, ...] = ("ledger",)
    nodes: int = 1
    through: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    finds: Callable[["Stage"], None] = lambda stage: (
        None
    )  # asserts what is particular to this scenario


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str, **options: object
) -> Callable[[Callable[["Stage"], Awaitable[None]]], Callable[["Stage"], Awaitable[None]]]:
    """Enter a scenario in the list."""

    def enter(act: Callable[["Stage"], Awaitable[None]]) -> Callable[["Stage"], Awaitable[None]]:
        SCENARIOS[name] = Scenario(name, act, **options)  # type: ignore[arg-type]
        return act

    return enter


class Kept:
    """A process that is started again whenever it ends, as under systemd or Kubernetes."""

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Process]]) -> None:
        self.process: Process | None = None
        self.starts = 0
        self._start, self._stopping, self._running = start, False, asyncio.Event()
        self._running.set()
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._stopping:
            with suppress(AssertionError):  # it ended before it had started
                async with self._start() as self.process:
                    self.starts += 1
                    await self.process.process.wait()
            await asyncio.sleep(REST)
            await self._running.wait()

    async def started(self) -> Process:
        """Wait for the process."""

        async def there() -> bool:
            return self.process is not None or self._task.done()

        await until(there)
        if self._task.done():
            self._task.result()
        assert self.process is not None
        return self.process

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        if self.process is not None and self.process.process.returncode is None:
            self.process.signal(number)

    async def kill(self) -> None:
        """Kill the process and wait for the next one."""
        before = self.starts
        self.signal(signal.SIGKILL)

        async def next_one() -> bool:
            return self.starts > before

        await until(next_one)

    async def pause(self) -> None:
        """End it in order, until `resume`."""
        self._running.clear()
        self.signal(signal.SIGTERM)
        if self.process is not None:
            await self.process.ended()

    def resume(self) -> None:
        """Start it again."""
        self._running.set()

    async def stop(self) -> None:
        """End it in order and for good."""
        self._running.set()
        self._stopping = True
        self.signal(signal.SIGTERM)
        await asyncio.wait([self._task], timeout=45)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Stage:
    """What a scenario may touch. `full`: the long form; the short one is for the test suite."""

    def __init__(
        self, nodes: list[Node], app: str, folder: Path, plan: Scenario, *, full: bool
    ) -> None:
        self.nodes, self.app, self.folder, self.plan, self.full = nodes, app, folder, plan, full
        others = plan.deployments[1:]
        self.ledger = Ledger(
            folder / "handled", tuple(folder / f"handled-{name}" for name in others)
        )
        self.door: Kept
        self.crew: list[Kept] = []
        self.sender: Sender
        self.links: dict[str, Proxy] = {}
        self.measured: dict[str, float] = {}

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
                await self.complete()
            for kept in [self.door, *self.crew]:
                await kept.stop()
        await self._leave()
        self.plan.finds(self)
        return self.ledger.row(name, version)

    async def _leave(self) -> None:
        """Take the queues away: elections over what earlier scenarios left are no part of the next."""

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
        settings = {"APP": self.app, **self.plan.settings}
        os.environ["LEDGER"] = str(self.ledger.handled_file)
        door_url, crew_url = self._url("ingress"), self._url("worker")
        self.door = Kept(lambda: ingress(door_url, ready=False, **settings, PORT=str(port)))
        self.crew = [
            Kept(partial(worker, crew_url, "--consumer", name, cwd=HERE, ready=False, **settings))
            for name in self.plan.deployments
            for _ in range(self.plan.workers)
        ]
        for kept in [self.door, *self.crew]:
            stack.push_async_callback(kept.stop)
        for kept in [self.door, *self.crew]:
            process = await kept.started()
            await until(lambda process=process: is_ready(process), 60, "ready")  # type: ignore[misc]
        self.sender = Sender(port, self.app, self.ledger, self.plan.mix, rate)

    def _url(self, who: str) -> str:
        if who in self.links:
            return f"amqp://guest:guest@127.0.0.1:{self.links[who].port}/"
        return ",".join(node.url() for node in self.nodes)

    async def _recovered(self) -> bool:
        return self.ledger.recovered_at() is not None or not self.ledger.faults

    async def complete(self) -> None:
        """Wait until every 200 is handled or found dead; with an operator's help, where the broker
        needs it.
        """

        async def balanced() -> bool:
            if self.ledger.missing():
                await self.find_dead()
            return not self.ledger.missing()

        with suppress(AssertionError):
            await until(balanced, OPERATOR)
        if self.ledger.missing():
            await asyncio.to_thread(self._revive)
        await until(balanced, PATIENCE, "the books balance")

    def _revive(self) -> None:
        """Restart the brokers whose dead-lettering has ended for good, as README says: no client
        can make up for it.

        Before 3.10.20 one supervisor's two crashes within five seconds, when leaders change hands
        quickly, are enough (rabbitmq-server#7677); what has left its rung stays on disk and goes
        nowhere until then.
        """
        for node in self.nodes:
            if "undefined" in node.ctl("eval", "whereis(rabbit_fifo_dlx_sup)."):
                node.ctl("stop_app")
                node.ctl("start_app")
                self.measured[REVIVED] = self.measured.get(REVIVED, 0) + 1

    async def dead(self, ids: set[str]) -> None:
        """Wait until these are found dead."""

        async def found() -> bool:
            await self.find_dead()
            return ids <= self.ledger.dead.keys()

        await until(found, PATIENCE, "dead letters")

    async def written_down(self, identity: str) -> None:
        """Wait until this one is handled."""

        async def found() -> bool:
            return identity in {handling.id for handling in self.ledger.handled()}

        await until(found, PATIENCE, "handled")

    async def find_dead(self) -> None:
        """Write down what lies dead by now, and take it away."""
        with suppress(OSError, RuntimeError, ChannelNotFoundEntity, aio_pika.exceptions.AMQPError):
            async with (
                await aio_pika.connect(self.node.url(), timeout=5) as connection,
                connection.channel() as channel,
            ):
                queue = await channel.get_queue(
                    f"{self.app}.dead.ledger.orders.create", ensure=False
                )
                while (letter := await queue.get(fail=False, timeout=5)) is not None:
                    self.ledger.dead[digest(self.app, letter.body)] = str(
                        letter.headers.get("webhook-reason", "crashed")
                    )
                    await letter.ack()


async def is_ready(process: Process) -> bool:
    """Whether a process says of itself that it is ready."""
    started = process.events("ingress.started") + process.events("worker.started")
    if not started:
        return False
    url = f"http://127.0.0.1:{started[0]['admin_port']}/readyz"
    with suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    return False


__all__ = ["SCENARIOS", "Ingress", "Kept", "Scenario", "Stage", "scenario"]
