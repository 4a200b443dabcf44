"""Turning what a handler raised into an outcome. Pure, but for asking how late it is."""

import contextlib
import math
from typing import Any

from pydantic import ValidationError

from runtime import failure
from schemas.body import Undecodable
from schemas.dead_letter import Reason
from workers import clock
from workers.claims import AlreadyDone
from workers.consumer import Consumer
from workers.delivery import Later, Reject, Retry
from workers.outcome import Again, Dead, Deferred, Duplicate, Outcome
from workers.retry import MAX_DELAY, RetryPolicy


def decide(
    consumer: Consumer[Any],
    error: BaseException,
    number: int,
    first_ms: int,
    expires_at: float = math.inf,
) -> Outcome:
    """Turn what a handler raised into an outcome.

    What would come again after `expires_at`, in seconds since the epoch, is dead now: then its
    letter tells what went wrong last.
    """
    if isinstance(error, AlreadyDone):
        return Duplicate()
    if isinstance(error, Reject):
        return _dead(Reason.REJECTED, error)

    now = clock.now()
    if isinstance(error, Later):
        return _deferred(error, expires_at - now)

    elapsed = now - first_ms / 1000
    delay = _delay(consumer, error, number, max(0.0, elapsed))
    failed = not isinstance(error, Retry)
    if isinstance(delay, Reason):
        return _dead(delay, error, failed=failed)
    if now + delay >= expires_at:
        return _dead(Reason.EXPIRED, error, failed=failed)

    text = failure.one_line(error)
    return Again(delay, text, failed)


def undecoded(error: BaseException) -> Dead:
    """Turn what reading a body raised into an outcome."""
    match error:
        case Undecodable():
            return Dead(Reason.MALFORMED, failure.one_line(error))
        case ValidationError():
            return Dead(Reason.INVALID_PAYLOAD, failure.text_of(error))
        case _:
            return _dead(Reason.INVALID_PAYLOAD, error)


def _deferred(error: Later, seconds_left: float) -> Outcome:
    delay = min(error.after, MAX_DELAY)
    if delay >= seconds_left:
        return _dead(Reason.EXPIRED, error)
    return Deferred(delay, failure.one_line(error))


def _dead(reason: Reason, error: BaseException, *, failed: bool = False) -> Dead:
    text = failure.one_line(error)
    traceback = failure.with_traceback(error)
    return Dead(reason, text, traceback, failed)


def _delay(
    consumer: Consumer[Any], error: BaseException, number: int, elapsed: float
) -> float | Reason:
    """Ask the consumer's policy; where that fails, the default one, and leave a note in the error.

    A strategy of the author's own may fail: it may look at the error's text, which may raise.
    """
    try:
        delay = consumer.retry.delay(error, number, elapsed)
        if isinstance(delay, Reason) or math.isfinite(delay):
            return delay
        problem = f"it answers {delay} seconds"
    except BaseException as broken:  # noqa: BLE001 - as said above
        problem = failure.one_line(broken)

    with contextlib.suppress(Exception):  # an error of the author's own may take no notes
        error.add_note(f"the consumer's RetryPolicy failed: {problem}")
    return RetryPolicy().delay(error, number, elapsed)
