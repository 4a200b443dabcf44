"""One attempt: decode, run the handler under its timeout, decide an outcome. No AMQP; whoever settles acts on it."""

import asyncio
import contextlib
import contextvars
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import time
from typing import Any

from pydantic import ValidationError

from schemas.body import Undecodable
from schemas.dead_letter import Reason
from schemas.webhook import Webhook
from workers.consumer import Consumer
from workers.delivery import Delivery, Reject
from workers.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned."""


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt, no sooner than `delay` seconds from now."""

    delay: float
    error: str


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up."""

    reason: Reason
    error: str
    traceback: str = ""


Outcome = Done | Again | Dead


async def attempt(consumer: Consumer[Any], webhook: Webhook, number: int, first_ms: int) -> Outcome:
    """Run the handler once and decide what becomes of the webhook.

    `number` counts from 1; `first_ms` is when the first attempt began. Whatever the handler raises becomes an outcome;
    only the cancellation of the caller's own task leaves here.
    """
    try:
        payload = consumer.decode(webhook)
    except Undecodable as error:
        return Dead(Reason.MALFORMED, _line(error))
    except ValidationError as error:
        return Dead(Reason.INVALID_PAYLOAD, _fields(error))
    except Exception as error:  # noqa: BLE001 - a validator of the author's own
        return Dead(Reason.INVALID_PAYLOAD, _line(error), _trace(error))
    try:
        await _run(consumer, Delivery(webhook, payload, number))
    except BaseException as error:  # SystemExit and a stray CancelledError are failures too
        if isinstance(error, asyncio.CancelledError) and _cancelled():
            raise
        return decide(consumer, error, number, first_ms)
    return Done()


def decide(consumer: Consumer[Any], error: BaseException, number: int, first_ms: int) -> Outcome:
    """Turn what a handler raised into an outcome."""
    if isinstance(error, Reject):
        return Dead(Reason.REJECTED, _line(error), _trace(error))
    elapsed = max(0.0, time() - first_ms / 1000)
    try:
        delay = consumer.retry.delay(error, number, elapsed)
    except Exception as broken:  # noqa: BLE001 - a strategy of the author's own: the default one decides, the letter tells
        error.add_note(f"the consumer's RetryPolicy failed: {_line(broken)}")
        delay = RetryPolicy().delay(error, number, elapsed)
    return Dead(delay, _line(error), _trace(error)) if isinstance(delay, Reason) else Again(delay, _line(error))


async def _run(consumer: Consumer[Any], delivery: Delivery[Any]) -> None:
    async with asyncio.timeout(consumer.timeout):
        await (consumer.handler(delivery) if consumer.is_async else _in_thread(partial(consumer.handler, delivery)))


async def _in_thread(work: Callable[[], Any]) -> None:
    """Run a plain handler in a thread of its own: one that hangs takes no place in a pool and holds up no exit."""
    loop, done = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def finish(error: BaseException | None) -> None:
        if not done.done():
            done.set_result(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            context.run(work)
        except BaseException as raised:  # noqa: BLE001 - carried over to the caller
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(finish, error)

    context = contextvars.copy_context()
    threading.Thread(target=run, name="handler", daemon=True).start()
    if (error := await done) is not None:
        raise error


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _fields(error: ValidationError) -> str:
    """Say which fields are wrong and why, without the values: they are somebody's data."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, p['loc'])) or 'body'}: {p['msg']}" for p in problems)
