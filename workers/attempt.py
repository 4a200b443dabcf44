"""One attempt: decode, run the handler under its timeout, decide an outcome. No AMQP; whoever
settles acts on it.

The handler runs in a task of its own: one that ignores its cancellation is left behind, and its
webhook goes on.
"""

import asyncio
import contextlib
import inspect
import math
from functools import lru_cache, partial
from time import time
from typing import Any

import structlog
from pydantic import ValidationError

from runtime import failure
from schemas.body import Undecodable
from schemas.dead_letter import Reason
from schemas.webhook import Webhook
from workers.consumer import Consumer
from workers.cycles import break_cycles
from workers.delivery import Delivery, Reject
from workers.left_behind import left_behind
from workers.outcome import Again, Dead, Done, Outcome
from workers.retry import RetryPolicy
from workers.threads import StillRuns, in_thread

log = structlog.get_logger()

GRACE = 5.0
"""Seconds that a handler has to end after it was cancelled."""

_UNENDING: set[asyncio.Task[Any]] = set()
"""Keeps those left behind alive: the event loop itself does not."""


async def attempt(consumer: Consumer[Any], webhook: Webhook, number: int, first_ms: int) -> Outcome:
    """Run the handler once and decide what becomes of the webhook.

    `number` counts from 1; `first_ms` is when the first attempt began. Whatever the handler raises
    becomes an outcome; only the cancellation of the caller's own task leaves here.
    """
    ended = await _run(consumer, webhook, number)
    if not isinstance(ended, BaseException):
        return ended

    try:
        outcome = decide(consumer, ended, number, first_ms)
    except Exception as broken:  # noqa: BLE001 - an error that cannot even be asked for its class
        outcome = decide(consumer, broken, number, first_ms)
    break_cycles(ended, _handle.__code__)
    return outcome


def decide(consumer: Consumer[Any], error: BaseException, number: int, first_ms: int) -> Outcome:
    """Turn what a handler raised into an outcome."""
    if isinstance(error, Reject):
        return Dead(Reason.REJECTED, failure.line(error), failure.trace(error))
    elapsed = max(0.0, time() - first_ms / 1000)
    delay = _delay(consumer, error, number, elapsed)
    if isinstance(delay, Reason):
        return Dead(delay, failure.line(error), failure.trace(error))

    return Again(delay, failure.line(error))


def _delay(
    consumer: Consumer[Any], error: BaseException, number: int, elapsed: float
) -> float | Reason:
    """Ask the consumer's policy; where a strategy of the author's own fails, the default one, and
    the letter tells.
    """
    try:
        delay = consumer.retry.delay(error, number, elapsed)
        if isinstance(delay, Reason) or math.isfinite(delay):
            return delay
        problem = f"it answers {delay} seconds"
    except BaseException as broken:  # noqa: BLE001 - it may look at the error's text, which may raise anything
        problem = failure.line(broken)
    with contextlib.suppress(Exception):  # an error of the author's own may take no notes
        error.add_note(f"the consumer's RetryPolicy failed: {problem}")
    return RetryPolicy().delay(error, number, elapsed)


async def _run(
    consumer: Consumer[Any], webhook: Webhook, number: int
) -> Done | Dead | BaseException:
    """Run the handler under its timeout; return what came of it. Cancelled itself, it cancels the
    handler and waits.
    """
    handler = asyncio.create_task(
        _handle(consumer, webhook, number), name=consumer.name
    )  # the watch looks for it
    try:
        ended, _ = await asyncio.wait([handler], timeout=consumer.timeout)
    except asyncio.CancelledError:
        await _cancel(consumer, handler)
        raise
    if ended:
        return _result(handler)
    return await _cancel(consumer, handler)


async def _cancel(
    consumer: Consumer[Any], handler: asyncio.Task[Done | Dead | BaseException]
) -> TimeoutError:
    """Cancel a handler that is late; one that does not end is left behind. Return what is told of
    it.
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

    where = _result(handler)
    error = TimeoutError(f"{text}; its thread still runs" if isinstance(where, StillRuns) else text)
    error.__cause__ = (
        where if isinstance(where, BaseException) else None
    )  # its traceback tells where it was
    return error


def _leave_behind(consumer: Consumer[Any], handler: asyncio.Task[Any]) -> None:
    left = left_behind(consumer)

    def ended(task: asyncio.Task[Any]) -> None:
        _UNENDING.discard(task)
        left.leave()

    _UNENDING.add(handler)
    left.enter(consumer.concurrency)
    handler.add_done_callback(ended)


def _result(handler: asyncio.Task[Done | Dead | BaseException]) -> Done | Dead | BaseException:
    """Return what the task returned; one that cancelled itself and then ended has failed like any
    other.
    """
    return asyncio.CancelledError() if handler.cancelled() else handler.result()


async def _handle(
    consumer: Consumer[Any], webhook: Webhook, number: int
) -> Done | Dead | BaseException:
    """Return what the handler raised, whatever it was: a task that raises SystemExit would end the
    loop.

    A Retry or Reject that is returned instead of raised means the same; and what a plain `def`
    returns may be what an async function behind it is waiting to do. The payload is made here,
    right before the handler looks at it, and gone right after: made earlier, it has left the
    processor's cache by then, which costs half of what making it does.
    """
    try:
        work = partial(consumer.handler, Delivery(webhook, consumer.decode(webhook), number))
    except BaseException as error:  # noqa: BLE001 - a validator of the author's own may raise anything
        dead = _undecoded(error)
        break_cycles(error, _handle.__code__)
        return dead
    try:
        value = await (
            work()
            if consumer.is_async
            else in_thread(work, left_behind(consumer), consumer.concurrency)
        )
        while inspect.isawaitable(value):
            value = await value
    except BaseException as error:  # noqa: BLE001 - SystemExit and a stray CancelledError are failures too
        return error
    if isinstance(value, BaseException):
        return value
    if value is not None:
        _warn(consumer.name, type(value).__name__)
    return Done()


def _undecoded(error: BaseException) -> Dead:
    match error:
        case Undecodable():
            return Dead(Reason.MALFORMED, failure.line(error))
        case ValidationError():
            return Dead(Reason.INVALID_PAYLOAD, failure.said(error))
        case _:
            return Dead(Reason.INVALID_PAYLOAD, failure.line(error), failure.trace(error))


@lru_cache
def _warn(name: str, kind: str) -> None:
    log.warning(
        "handler.returned",
        consumer=name,
        type=kind,
        hint="what a handler returns is ignored; raise to retry",
    )
