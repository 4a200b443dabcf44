"""Connections to the broker: one for a while, and the next whenever it is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import NamedTuple

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError
from tenacity import AsyncRetrying, RetryCallState, retry_if_not_exception_type, wait_random_exponential
from yarl import URL

from ingress.confirms import Tap, Transport, UnexpectedClientError
from ingress.telemetry import CONNECTED

log = structlog.get_logger()

CONNECT_TIMEOUT = 5
"""Seconds for one try at one node: a frozen node still accepts connections, and another may be alive."""
HEARTBEAT = 10
"""Seconds. A link that has gone silent is noticed within two of them; a URL's own `heartbeat=` wins."""
# The client waits three heartbeats and looks twice in each. The broker beats twice in each too, so the silence that
# this makes of it, looked at late, is two heartbeats, and two beats are missing.
aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1.1  # type: ignore[assignment]


class Link(NamedTuple):
    """A connection, and the tap in it."""

    connection: AbstractConnection
    tap: Tap


@asynccontextmanager
async def linked(urls: Iterator[URL]) -> AsyncIterator[Link]:
    """Open a connection to the first of the endless `urls` that lets us, however long it takes; close it at the end.

    Raises UnexpectedClientError.
    """
    link = await _reach(urls)
    address = link.connection.url  # type: ignore[attr-defined]
    log.info("broker.connected", host=address.host, port=address.port)
    CONNECTED.set(1)
    try:
        yield link
        log.warning("broker.lost")
    finally:
        CONNECTED.set(0)
        with suppress(AMQPError, OSError, RuntimeError, TimeoutError), losses():
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await link.connection.close()


async def _reach(urls: Iterator[URL]) -> Link:
    pauses = wait_random_exponential(multiplier=0.2, max=5)
    expected = retry_if_not_exception_type(UnexpectedClientError)
    async for trial in AsyncRetrying(wait=pauses, retry=expected, before_sleep=_say_once):
        with trial:
            return await connect(next(urls))
    raise AssertionError  # the loop above ends only by returning


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


async def connect(url: URL) -> Link:
    """Open a connection to one node; raises what the client raises, and UnexpectedClientError."""
    query = {"heartbeat": str(HEARTBEAT), "name": "hookline-ingress"}
    connection, transport = aio_pika.Connection(url.with_query(query | dict(url.query))), Transport()
    connection.kwargs["transport_factory"] = transport
    with losses():
        await connection.connect(timeout=CONNECT_TIMEOUT)
    if transport.tap is None:
        await connection.close()
        raise UnexpectedClientError
    return Link(connection, transport.tap)


def _say_once(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        error = state.outcome.exception()
        log.warning("broker.unreachable", error=f"{type(error).__name__}: {error}")
