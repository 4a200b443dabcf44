"""What a message says of what became of its webhook before: read once, when it comes. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas import headers as webhook_headers
from workers.seats import released_by

MAX_ATTEMPT = 1_000_000
"""Attempts are counted up to here: a strategy may well raise two to their power."""


class Marks(NamedTuple):
    """What is written on a message; times are milliseconds since 1970, and 0 where there is none.

    `number` is the attempt's, from 1; `first_ms` when the first one began; `due_ms` when this one
    is due. `renewed_ms` is when an operator last put it back on its queue, and `again` the name of
    that replay where it passes claims of runs before. `deferred` is how often in a row a limit has
    put it off, `crashes` how often its worker had died under it. `released_by` is who ends a halt
    by it, where it is no webhook to be attempted.
    """

    number: int = 1
    first_ms: int = 0
    due_ms: int = 0
    renewed_ms: int = 0
    again: str = ""
    deferred: int = 0
    crashes: int = 0
    released_by: str = ""


_NEW = Marks()
_SELDOM = frozenset(
    {
        webhook_headers.FIRST,
        webhook_headers.DUE,
        webhook_headers.REPLAYED,
        webhook_headers.AGAIN,
        webhook_headers.DEFERRED,
        webhook_headers.CRASHES,
        webhook_headers.HALTED,
        webhook_headers.RELEASED,
    }
)
"""Headers that no message has when it comes from the ingress."""


def marks_in(headers: Mapping[str, Any]) -> Marks:
    """Read what is written; what nobody of ours wrote is as if it were not there."""
    if _SELDOM.isdisjoint(headers) and headers.get(webhook_headers.ATTEMPT) == 1:
        return _NEW

    number = webhook_headers.number(headers, webhook_headers.ATTEMPT, 1)
    return Marks(
        number=min(max(1, number), MAX_ATTEMPT),
        first_ms=webhook_headers.number(headers, webhook_headers.FIRST),
        due_ms=webhook_headers.number(headers, webhook_headers.DUE),
        renewed_ms=webhook_headers.number(headers, webhook_headers.REPLAYED),
        again=webhook_headers.text(headers, webhook_headers.AGAIN),
        deferred=webhook_headers.number(headers, webhook_headers.DEFERRED),
        crashes=webhook_headers.number(headers, webhook_headers.CRASHES),
        released_by=released_by(headers),
    )
