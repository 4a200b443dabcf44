"""One attempt: decode, run the handler under its timeout, decide an outcome. No AMQP.

Whoever settles acts on the outcome. The handler runs in a task of its own: one that ignores its
cancellation is left behind, and its webhook goes on.
"""

import asyncio
import inspect
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import structlog

from schemas.webhook import Webhook
from workers import clock
from workers.claiming import run_once
from workers.claims import Within
from workers.consumer import Consumer
from workers.cycles import break_cycles
from workers.delivery import Delivery
from workers.expiry import expires_at, too_old
from workers.failing import decide, undecoded
from workers.left_behind import left_behind
from workers.outcome import Dead, Done, Outcome
from workers.threads import StillRuns, in_thread

log = structlog.get_logger()

GRACE = 5.0
"""Seconds that a handler has to end after it was cancelled."""

_Ended: TypeAlias = Done | Dead | BaseException
"""What became of a handler, or what it raised."""
_UNENDING: set[asyncio.Task[Any]] = set()
"""Keeps those left behind alive: the event loop itself does not."""


async def attempt(
    consumer: Consumer[Any],
    webhook: Webhook,
    number: int,
    first_ms: int,
    renewed_ms: int = 0,
    *,
    again: str = "",
    crashes: int = 0,
) -> Outcome:
    """Run the handler once, unless the webhook is too old, and decide what becomes of it.

    `number` counts from 1; `first_ms` is when the first attempt began, `renewed_ms` when an
    operator last put it back, `again` the name of that replay where it passes claims of before, and
    `crashes` how often its worker died under it. Whatever the handler raises becomes an outcome;
    only the cancellation of the caller's own task leaves here.
    """
    expiry = expires_at(consumer.max_age, webhook.received_ms, renewed_ms)
    if clock.now() >= expiry:
        return too_old(consumer.max_age, number)

    handed = _Handed(webhook, number, is_replayed=renewed_ms > 0)
    if consumer.once is None:
        return await _decided(consumer, handed, first_ms, expiry, None)

    run = partial(_decided, consumer, handed, first_ms, expiry)
    return await run_once(consumer.once, consumer, webhook, run, again=again, crashes=crashes)


class _Handed(NamedTuple):
    """What a handler is handed, before its payload is made."""

    webhook: Webhook
    number: int
    is_replayed: bool


async def _decided(
    consumer: Consumer[Any],
    handed: _Handed,
    first_ms: int,
    expiry: float,
    within: Within | None,
) -> Outcome:
    ended = await _run(consumer, handed, within)
    if not isinstance(ended, BaseException):
        return ended

    try:
        outcome = decide(consumer, ended, handed.number, first_ms, expiry)
    except Exception as broken:  # noqa: BLE001 - an error that cannot even be asked for its class
        outcome = decide(consumer, broken, handed.number, first_ms, expiry)
    break_cycles(ended, _handle.__code__)
    return outcome


async def _run(consumer: Consumer[Any], handed: _Handed, within: Within | None) -> _Ended:
    """Run the handler under its timeout; return what came of it.

    Cancelled itself, it cancels the handler and waits.
    """
    # The watch finds a consumer by its task's name.
    work = _handle(consumer, handed, within)
    handler = asyncio.create_task(work, name=consumer.name)
    try:
        ended, _ = await asyncio.wait([handler], timeout=consumer.timeout)
    except asyncio.CancelledError:
        await _cancel(consumer, handler)
        raise
    if ended:
        return _result(handler)
    return await _cancel(consumer, handler)


async def _cancel(consumer: Consumer[Any], handler: asyncio.Task[_Ended]) -> TimeoutError:
    """Cancel a handler that is late; one that does not end is left behind.

    Returns the error that tells of it.
    """
    handler.cancel()
    try:
        await asyncio.wait([handler], timeout=GRACE)
    finally:
        if not handler.done():
            _leave_behind(consumer, handler)

    text = f"no end after {consumer.timeout:g} s"
    if not handler.done():
        return TimeoutError(f"{text}; it ignores its cancellation and still runs")

    result = _result(handler)
    if isinstance(result, StillRuns):
        text = f"{text}; its thread still runs"
    error = TimeoutError(text)
    if isinstance(result, BaseException):
        error.__cause__ = result  # its traceback tells where the handler was
    return error


def _leave_behind(consumer: Consumer[Any], handler: asyncio.Task[Any]) -> None:
    hanging = left_behind(consumer)

    def ended(task: asyncio.Task[Any]) -> None:
        _UNENDING.discard(task)
        hanging.leave()

    _UNENDING.add(handler)
    hanging.enter(consumer.concurrency)
    handler.add_done_callback(ended)


def _result(handler: asyncio.Task[_Ended]) -> _Ended:
    """Return what the task returned; one that cancelled itself has failed like any other."""
    if handler.cancelled():
        return asyncio.CancelledError()
    return handler.result()


async def _handle(consumer: Consumer[Any], handed: _Handed, within: Within | None) -> _Ended:
    """Return what the handler raised, whatever it was; Done where it raised nothing.

    It is returned because a task that raises SystemExit would end the loop. An error that the
    handler returns instead of raising means the same; and what a plain `def` returns may be a
    coroutine, which is awaited.

    The payload is made here, right before the handler looks at it, and gone right after: made
    earlier, it has left the processor's cache by then, which costs half of what making it does.
    """
    try:
        payload = consumer.decode(handed.webhook)
        delivery = Delivery(handed.webhook, payload, handed.number, within, handed.is_replayed)
    except BaseException as error:  # noqa: BLE001 - a validator of the author's own raises anything
        dead = undecoded(error)
        break_cycles(error, _handle.__code__)
        return dead

    work = partial(consumer.handler, delivery)
    try:
        if consumer.is_async:
            value = await work()
        else:
            value = await in_thread(work, left_behind(consumer), consumer.concurrency)
        while value is not None and inspect.isawaitable(value):
            value = await value
    except BaseException as error:  # noqa: BLE001 - SystemExit and a stray CancelledError too
        return error

    if isinstance(value, BaseException):
        return value
    if value is not None:
        _warn(consumer.name, type(value).__name__)
    return Done()


@lru_cache
def _warn(name: str, kind: str) -> None:
    log.warning(
        "handler.returned",
        consumer=name,
        type=kind,
        hint="what a handler returns is ignored; raise to retry",
    )
