"""A connection to the broker that comes back by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import cycle

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError
from tenacity import AsyncRetrying, RetryCallState, retry_if_not_exception_type, wait_random_exponential
from yarl import URL

from workers.broker import lenient
from workers.broker.deliveries import Tap, Transport, UnexpectedClientError
from workers.telemetry import CONNECTED

log = structlog.get_logger()

CONNECT_TIMEOUT = 5
"""Seconds for one try at one node: a frozen node still accepts connections, and another may be alive."""
HEARTBEAT = 10
"""Seconds. A link that has gone silent is noticed within two of them; a URL's own `heartbeat=` wins."""

# The client waits three heartbeats and looks twice in each. The broker beats twice in each too, so the silence that
# this makes of it, looked at late, is two heartbeats, and two beats are missing.
aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1.1  # type: ignore[assignment]
lenient.install()


class Unreachable(RuntimeError):
    """None of the URLs leads to a broker."""


class Link:
    """Keeps one connection open: tries the URLs in turn, for ever, with a jittered and growing pause."""

    def __init__(self, urls: Sequence[str], role: str) -> None:
        self._urls = cycle([URL(url) for url in urls])
        self._role = role
        self._connection: AbstractConnection | None = None
        self._opened = asyncio.Event()
        self.tap: Tap  # of the connection that is open
        self._gauge = CONNECTED.labels(role)

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._opened.is_set()

    async def connection(self) -> AbstractConnection:
        """Return the connection; wait for one while there is none."""
        await self._opened.wait()
        assert self._connection is not None  # noqa: S101 - set before the event
        return self._connection

    async def run(self) -> None:
        """Connect, wait until the connection is lost, and begin again; until cancelled, which closes it.

        Raises UnexpectedClientError.
        """
        lost = asyncio.Event()
        while True:
            connection, self.tap = await self._connect()
            lost.clear()
            connection.close_callbacks.add(lambda *_: lost.set())
            self._connection = connection
            self._opened.set()
            self._gauge.set(1)
            log.info("broker.connected", role=self._role, host=connection.url.host, port=connection.url.port)  # type: ignore[attr-defined]
            try:
                if connection.connected.is_set():
                    await lost.wait()
                log.warning("broker.lost", role=self._role)
            finally:
                self._opened.clear()
                self._gauge.set(0)
                with suppress(AMQPError, OSError, RuntimeError, TimeoutError), losses():
                    async with asyncio.timeout(CONNECT_TIMEOUT):
                        await connection.close()

    async def _connect(self) -> tuple[AbstractConnection, Tap]:
        pauses = wait_random_exponential(multiplier=0.2, max=5)
        expected = retry_if_not_exception_type(UnexpectedClientError)
        async for trial in AsyncRetrying(wait=pauses, retry=expected, before_sleep=self._say_once):
            with trial:
                return await _open(next(self._urls), self._role)
        raise AssertionError  # the loop above ends only by returning

    def _say_once(self, state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            error = state.outcome.exception()
            log.warning("broker.unreachable", role=self._role, error=f"{type(error).__name__}: {error}")


@contextmanager
def losses() -> Iterator[None]:
    """Make an error of a cancellation that nobody asked for: with it the client ends whoever waits on a dead link."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("the connection was lost") from None


@asynccontextmanager
async def connected(urls: Sequence[str], role: str) -> AsyncIterator[AbstractConnection]:
    """Open a connection for one command: to the first URL that answers, or raise Unreachable with what each said."""
    said = []
    for url in urls:
        try:
            connection, _ = await _open(URL(url), role)
        except Exception as error:  # noqa: BLE001 - whatever keeps us out, the next URL may let us in
            said.append(f"{URL(url).host}:{URL(url).port}: {type(error).__name__}: {error}")
            continue
        async with connection:
            yield connection
        return
    raise Unreachable("no broker answers: " + "; ".join(said))


async def _open(url: URL, role: str) -> tuple[AbstractConnection, Tap]:
    query = {"heartbeat": str(HEARTBEAT), "name": f"hookline-workers {role}"}
    connection, transport = aio_pika.Connection(url.with_query(query | dict(url.query))), Transport()
    connection.kwargs["transport_factory"] = transport
    with losses():
        await connection.connect(timeout=CONNECT_TIMEOUT)
    if transport.tap is None:
        await connection.close()
        raise UnexpectedClientError
    return connection, transport.tap
