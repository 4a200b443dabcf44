"""The dead letter: why a webhook was given up on, as headers that travel with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from schemas import headers as webhook_headers
from schemas.fingerprint import FORM, fingerprint
from schemas.headers import Header
from schemas.printable import cut, cut_to_end, printable, printable_block

MAX_ERROR = 1024
"""Bytes of `webhook-error`."""
MAX_TRACEBACK = 8 * 1024
"""Bytes of `webhook-traceback`; its end is kept, where Python puts the error."""


class Reason(StrEnum):
    """Why a webhook is dead."""

    REJECTED = "rejected"  # the handler raised Reject
    EXHAUSTED = "exhausted"  # the policy's stop, by attempts
    EXPIRED = "expired"  # the policy's stop, by time since the first attempt
    MALFORMED = "malformed"  # the message or its body cannot be read
    INVALID_PAYLOAD = "invalid_payload"  # the body does not fit the handler's model
    CANCELLED = "cancelled"  # by an operator, while it waited for another attempt
    CRASHED = "crashed"  # its worker died each time: the broker gave up, or we did


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What the headers of a dead letter say.

    `first_died_ms` and what tells of replays outlive each replay. What is not given is made here:
    the fingerprint, and the first death, which then is this one.
    """

    consumer: str
    reason: Reason
    attempt: int
    died_ms: int
    error: str = ""
    traceback: str = ""
    worker: str = ""
    replays: int = 0
    fingerprint: str = ""
    first_died_ms: int = 0
    replay: str = ""
    replayed_ms: int = 0

    def __post_init__(self) -> None:
        if not self.fingerprint:
            made = fingerprint(self.reason.value, self.error, self.traceback)
            object.__setattr__(self, "fingerprint", made)
        if not self.first_died_ms:
            object.__setattr__(self, "first_died_ms", self.died_ms)

    def headers(self) -> dict[str, Header]:
        """Return the headers to add to the webhook's own."""
        error = printable(self.error[:MAX_ERROR])
        traceback = printable_block(self.traceback[-MAX_TRACEBACK:])
        table: dict[str, Header] = {
            webhook_headers.CONSUMER: self.consumer,
            webhook_headers.REASON: self.reason.value,
            webhook_headers.ATTEMPT: self.attempt,
            webhook_headers.DIED: self.died_ms,
            webhook_headers.ERROR: cut(error, MAX_ERROR),
            webhook_headers.TRACEBACK: cut_to_end(traceback, MAX_TRACEBACK),
            webhook_headers.WORKER: self.worker,
            webhook_headers.REPLAYS: self.replays,
            webhook_headers.FINGERPRINT: self.fingerprint,
            webhook_headers.FIRST_DIED: self.first_died_ms,
        }
        if self.replay:
            table[webhook_headers.REPLAY] = self.replay
        if self.replayed_ms:
            table[webhook_headers.REPLAYED] = self.replayed_ms
        return table

    @classmethod
    def read(cls, headers: Mapping[str, Any], consumer: str) -> Self:
        """Read the headers of a message on a consumer's dead queue.

        One that the broker itself dead-lettered has none of ours: it is `crashed`, and the time
        stands in `x-death`.
        """
        reason = Reason.CRASHED
        written = webhook_headers.text(headers, webhook_headers.REASON)
        if written in list(Reason):
            reason = Reason(written)

        return cls(
            consumer=consumer,
            reason=reason,
            attempt=webhook_headers.number(headers, webhook_headers.ATTEMPT, 1),
            died_ms=_died_ms(headers),
            error=webhook_headers.text(headers, webhook_headers.ERROR),
            traceback=webhook_headers.text(headers, webhook_headers.TRACEBACK),
            worker=webhook_headers.text(headers, webhook_headers.WORKER),
            replays=webhook_headers.number(headers, webhook_headers.REPLAYS),
            fingerprint=_fingerprint_in(headers),
            first_died_ms=webhook_headers.number(headers, webhook_headers.FIRST_DIED),
            replay=webhook_headers.text(headers, webhook_headers.REPLAY),
            replayed_ms=webhook_headers.number(headers, webhook_headers.REPLAYED),
        )


def replayed(
    headers: Mapping[str, Any], *, replay: str = "", at_ms: int = 0, again: bool = False
) -> dict[str, Header]:
    """Return the headers of a dead letter put back on its queue.

    Attempts start again, and replays are counted. When it first died is kept, and the name and the
    time of this replay are written down, where they are given. `again` has it run though a run
    before this replay was done already.
    """
    dead = {
        webhook_headers.REASON,
        webhook_headers.ERROR,
        webhook_headers.TRACEBACK,
        webhook_headers.DIED,
        webhook_headers.WORKER,
        webhook_headers.FINGERPRINT,
        webhook_headers.FIRST,
    }
    carried = webhook_headers.carried(headers, dies=True)
    table = {name: value for name, value in carried.items() if name not in dead}

    table[webhook_headers.ATTEMPT] = 1
    table[webhook_headers.REPLAYS] = webhook_headers.number(headers, webhook_headers.REPLAYS) + 1

    first_died_ms = webhook_headers.number(headers, webhook_headers.FIRST_DIED) or _died_ms(headers)
    if first_died_ms:
        table[webhook_headers.FIRST_DIED] = first_died_ms
    if replay:
        table[webhook_headers.REPLAY] = replay
    if at_ms:
        table[webhook_headers.REPLAYED] = at_ms
    if again:
        table[webhook_headers.AGAIN] = replay
    return table


def _fingerprint_in(headers: Mapping[str, Any]) -> str:
    """Return the one that was written when the letter was made; nothing where there is none."""
    written = webhook_headers.text(headers, webhook_headers.FINGERPRINT)
    if FORM.fullmatch(written):
        return written
    return ""


def _died_ms(headers: Mapping[str, Any]) -> int:
    return webhook_headers.number(headers, webhook_headers.DIED) or _died_in_the_broker(headers)


def _died_in_the_broker(headers: Mapping[str, Any]) -> int:
    """Return when, in milliseconds, by the newest entry of `x-death`; 0 where nothing tells."""
    deaths = headers.get("x-death")
    if not isinstance(deaths, list) or not deaths:
        return 0

    latest = deaths[0]
    if not isinstance(latest, dict):
        return 0

    time = latest.get("time")
    if not isinstance(time, datetime):
        return 0

    seconds = time.timestamp()
    return int(seconds * 1000)
