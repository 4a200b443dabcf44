"""Connections to the broker: one for a while, and the next whenever it is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    wait_random_exponential,
)
from yarl import URL

from runtime.amqp import lenient
from runtime.amqp.tap import Tap, Transport, UnexpectedClientError
from runtime.amqp.unreachable import Refused, why_not

log = structlog.get_logger()

CONNECT_TIMEOUT = 5
"""Seconds for one try at one node: a frozen node still accepts connections, and another may be
alive.
"""
HEARTBEAT = 10
"""Seconds. A link that has gone silent is noticed within two of them; a URL's own `heartbeat=`
wins.
"""
CLOSE_TIMEOUT = 2
"""Seconds for the broker to answer that a channel or a connection may close; a frozen one never
does.
"""
Connection = AbstractConnection
LOST = (AMQPError, OSError, RuntimeError, TimeoutError)
"""What the client raises when a channel or a connection is gone: the broker delivers again what was
not settled.
"""

# The client waits three heartbeats and looks twice in each. The broker beats twice in each too, so
# the silence that this makes of it, looked at late, is two heartbeats, and two beats are missing.
aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1.1  # type: ignore[assignment]
lenient.install()


class Unreachable(RuntimeError):
    """None of the URLs leads to a broker."""


class Link(NamedTuple):
    """A connection, the tap in it, and what is set when it is lost."""

    connection: AbstractConnection
    tap: Tap
    lost: asyncio.Event


def is_being_cancelled() -> bool:
    """Tell whether somebody has asked the running task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextmanager
def losses() -> Iterator[None]:
    """Make an error of a cancellation that nobody asked for: with it the client ends whoever waits
    on a dead link.

    And the other way round: a task that was asked to end gets its cancellation, whatever the client
    made of it.
    """
    try:
        yield
    except asyncio.CancelledError:
        if is_being_cancelled():
            raise
        raise ConnectionError("the connection was lost") from None
    except LOST:
        if is_being_cancelled():
            raise asyncio.CancelledError from None
        raise


@contextmanager
def quietly() -> Iterator[None]:
    """Pass over what is raised when a link is lost; never over the end of the task itself."""
    try:
        with losses():
            yield
    except LOST:
        return


@asynccontextmanager
async def linked(urls: Iterator[URL], name: str) -> AsyncIterator[Link]:
    """Open a connection to the first of the endless `urls` that lets us, however long it takes;
    close it at the end.

    The broker shows it as `hookline-{name}`. Raises UnexpectedClientError.
    """
    link = await _reach(urls, name)
    address = link.connection.url  # type: ignore[attr-defined]
    log.info("broker.connected", role=_role(name), host=address.host, port=address.port)
    try:
        yield link
        log.warning("broker.lost", role=_role(name))
    finally:
        await close(link.connection)


async def close(connection: AbstractConnection) -> None:
    """Close a connection in order, within a short while: a frozen broker answers nothing."""
    with quietly():
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await connection.close()


@asynccontextmanager
async def connected(urls: Iterable[str], name: str) -> AsyncIterator[AbstractConnection]:
    """Open a connection for one command: to the first URL that answers, or raise Unreachable with
    what each said.
    """
    said = []
    for url in map(URL, urls):
        try:
            link = await connect(url, name)
        except Exception as error:  # noqa: BLE001 - whatever keeps us out, the next URL may let us in
            said.append(f"{url.host}:{url.port}: {error}")
            continue
        try:
            yield link.connection
        finally:
            await close(link.connection)
        return
    raise Unreachable("no broker answers: " + "; ".join(said))


async def connect(url: URL, name: str) -> Link:
    """Open a connection to one node; raises Refused (it says why) and UnexpectedClientError."""
    query = {"heartbeat": str(HEARTBEAT), "name": f"hookline-{name}"}
    connection = aio_pika.Connection(url.with_query(query | dict(url.query)))
    transport = Transport()
    connection.kwargs["transport_factory"] = transport
    try:
        with losses():
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await connection.connect()
    except Exception as error:
        raise Refused(why_not(url, error, transport.tap)) from error
    if transport.tap is None:
        await close(connection)
        raise UnexpectedClientError
    lost = asyncio.Event()
    connection.close_callbacks.add(lambda *_: lost.set())
    if not connection.connected.is_set():
        lost.set()
    return Link(connection, transport.tap, lost)


def _role(name: str) -> str:
    return name.rpartition(" ")[2]


# A cancellation is no error: tenacity would try again for it too, unless told what it is to try
# again for.
_AGAIN = retry_if_exception_type(Exception) & retry_if_not_exception_type(UnexpectedClientError)


async def _reach(urls: Iterator[URL], name: str) -> Link:
    def say_once(state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            log.warning(
                "broker.unreachable", role=_role(name), error=str(state.outcome.exception())
            )

    pauses = wait_random_exponential(multiplier=0.2, max=5)
    async for trial in AsyncRetrying(
        wait=pauses, retry=_AGAIN, before_sleep=say_once, reraise=True
    ):
        with trial:
            return await connect(next(urls), name)
    raise AssertionError  # the loop above ends only by returning
