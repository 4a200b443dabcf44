"""What a handler is given, and what it may raise."""

import math
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from numbers import Real
from typing import Any, Generic, TypeVar

from schemas.webhook import Webhook
from workers import clock

P = TypeVar("P")

_SECONDS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Delivery(Generic[P]):
    """One handing of a webhook to a consumer. `attempt` counts from 1.

    Delivery is at least once: make the handler idempotent by `webhook.id`.
    """

    webhook: Webhook
    payload: P
    attempt: int = 1
    claim_within: Callable[[Any], AbstractAsyncContextManager[None]] | None = field(
        default=None, repr=False, compare=False
    )
    """Makes the claim of this delivery on a connection, where its consumer has it so."""
    replayed: bool = False
    """Whether an operator has it run again: a dead letter, or out of the journal, where it may have
    been done before.
    """

    def once(self, connection: Any) -> AbstractAsyncContextManager[None]:
        """Do what is within the context, in a transaction on the connection, once for the webhook.

        For consumers with `once=Once(InTransaction(), …)`: the claim on the webhook and what the
        handler does on this connection commit together. Raises AlreadyDone where that has happened
        before; let it leave the handler. Raises RuntimeError where the consumer says nothing of it.
        """
        if self.claim_within is None:
            raise RuntimeError(
                "delivery.once(connection) is for consumers with once=Once(InTransaction()), and "
                "for handlers that a worker runs, or `deliver` of workers.testing"
            )
        return self.claim_within(connection)


class Retry(Exception):
    """Asks for another attempt: after `after` at the earliest, or when the policy says.

    `after` is a number of seconds, a timedelta, or the text of a Retry-After header in either of
    its forms (seconds, HTTP date); what is negative or past means at once. Anything else raises
    ValueError, which ends the handler as any error does: the policy decides on it. The policy's
    stop still ends the attempts; its `retry` is not asked.
    """

    # Set here too: an author's own class may be made without coming by `__init__`.
    after: float | None = None

    def __init__(
        self, reason: str = "", *, after: float | Decimal | timedelta | str | None = None
    ) -> None:
        super().__init__(reason)
        self.after = None if after is None else seconds_until(after, Retry)


class Later(Exception):
    """Says "not yet": the same attempt again, no sooner than `after` from now, and none is spent.

    `after` is what a Retry takes. A webhook goes round so until its consumer's `max_age`, where it
    has one: what would come later than that is dead at once, `expired`.
    """

    # Set here too: an author's own class may be made without coming by `__init__`.
    after: float = 0.0

    def __init__(self, reason: str = "", *, after: float | Decimal | timedelta | str) -> None:
        super().__init__(reason)
        self.after = seconds_until(after, Later)


class Reject(Exception):
    """Gives the webhook up at once: a dead letter, with this reason in `webhook-error`."""


def seconds_until(after: object, asked_by: type[Retry | Later]) -> float:
    """Return the seconds from now, zero or more, of whatever a Retry or Later takes.

    Raises ValueError.
    """
    try:
        seconds = _seconds_in(after)
    except (TypeError, ValueError, OverflowError, IndexError):
        seconds = math.nan

    if not math.isfinite(seconds):
        raise ValueError(
            f"{asked_by.__name__}(after={after!r:.80}): give seconds, a timedelta, "
            "or the text of a Retry-After header (seconds, or an HTTP date); "
            "the retry policy decides on this error instead"
        )
    return max(0.0, seconds)


def _seconds_in(after: object) -> float:
    match after:
        case bool():
            return math.nan
        case Real() | Decimal():
            return float(after)
        case timedelta():
            return after.total_seconds()
        case str() if _SECONDS.fullmatch(after.strip()):
            return float(after)
        case str():
            return _moment(after).timestamp() - clock.now()
        case _:
            return math.nan


def _moment(date: str) -> datetime:
    """Read an HTTP date, in any of its three forms; raises ValueError and others."""
    moment = parsedate_to_datetime(date)
    if moment.tzinfo is None:  # asctime's form names no zone: it is GMT
        return moment.replace(tzinfo=UTC)
    return moment
