"""Connections to the broker: one for a while, and the next whenever it is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple, cast

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
from runtime.amqp.unreachable import NotLetIn, why_not

log = structlog.get_logger()

CONNECT_TIMEOUT = 5
"""Seconds for one try at one node: a frozen one still accepts connections, another may be alive."""
HEARTBEAT = 10
"""Seconds. A silent link is noticed within two of them; a URL's own `heartbeat=` wins."""
CLOSE_TIMEOUT = 2
"""Seconds for a channel or a connection to close; a frozen broker never answers."""
Connection = AbstractConnection
LOST = (AMQPError, OSError, RuntimeError, TimeoutError)
"""What the client raises when a channel or a connection is gone.

The broker delivers again what was not settled on it.
"""

_TRANSPORT = "transport_factory"

# The client waits three heartbeats and looks twice in each. The broker beats twice in each too, so
# the silence that this makes of it, looked at late, is two heartbeats, and two beats are missing.
aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1.1  # type: ignore[assignment]
lenient.install()


class UnreachableError(RuntimeError):
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
def lost_link_as_error() -> Iterator[None]:
    """Raise one of LOST where the client cancels us because the link is lost.

    The client ends whoever waits on a dead link with a cancellation that nobody asked for. A task
    that was asked to end gets its cancellation, whatever the client has made of it.
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
        with lost_link_as_error():
            yield
    except LOST:
        return


def tap_of(connection: AbstractConnection) -> Tap:
    """Return the tap in the line of a connection that was opened here."""
    transport = connection.kwargs[_TRANSPORT]
    return cast("Tap", transport.tap)


@asynccontextmanager
async def linked(urls: Iterator[URL], name: str) -> AsyncIterator[Link]:
    """Open a connection to the first of the endless `urls` that lets us, and close it at the end.

    It takes as long as it takes. The broker shows the connection as `hookline-{name}`. Raises
    UnexpectedClientError.
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
    """Open a connection to the first URL that answers; an UnreachableError has what each said."""
    said = []
    for text in urls:
        url = URL(text)
        try:
            link = await connect(url, name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next URL may let us in
            said.append(f"{url.host}:{url.port}: {error}")
            continue

        try:
            yield link.connection
        finally:
            await close(link.connection)
        return

    each = "; ".join(said)
    raise UnreachableError(f"no broker answers: {each}")


async def connect(url: URL, name: str) -> Link:
    """Open a connection to one node; raises NotLetIn (it says why) and UnexpectedClientError."""
    query = {"heartbeat": str(HEARTBEAT), "name": f"hookline-{name}"}
    query.update(url.query)
    connection = aio_pika.Connection(url.with_query(query))
    transport = Transport()
    connection.kwargs[_TRANSPORT] = transport

    try:
        with lost_link_as_error():
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await connection.connect()
    except BaseException as error:
        await close(connection)  # else the client does when it is collected, without a loop maybe
        if isinstance(error, Exception):
            raise NotLetIn(why_not(url, error, transport.tap)) from error
        raise

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
        outcome = state.outcome
        if state.attempt_number == 1 and outcome is not None:
            error = outcome.exception()
            log.warning("broker.unreachable", role=_role(name), error=str(error))

    pauses = wait_random_exponential(multiplier=0.2, max=5)
    trials = AsyncRetrying(wait=pauses, retry=_AGAIN, before_sleep=say_once, reraise=True)
    async for trial in trials:
        with trial:
            url = next(urls)
            return await connect(url, name)
    raise AssertionError  # the loop above ends only by returning
