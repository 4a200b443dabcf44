"""How long to wait, so that a platform's limit of calls is kept: by the headers of an answer. Pure.

A tenth of a limit is left to what else asks with the same credential: the app's own handlers.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import orjson

SPARED = 0.1
"""The share of a limit that is left to others."""
LONGEST = 600.0
"""Seconds that are waited at most, whatever a header says."""
EMPTIES = 20.0
"""Seconds in which Shopify's bucket empties, whatever its size: 40 calls at 2 a second."""

Headers = Mapping[str, str]
Pause = Callable[[Headers, float], float]
"""Returns the seconds to wait before the next call, by an answer's headers and the time now."""


def spiffy_pause(headers: Headers, now: float) -> float:
    """Return the seconds until the period ends, where little is left of it: else none.

    X-Ratelimit is {"name":"API","period":300,"limit":500,"remaining":496,"until":"…"}.
    """
    with suppress(ValueError, TypeError, KeyError):
        told = orjson.loads(headers["X-Ratelimit"])
        limit = float(told["limit"])
        remaining = float(told["remaining"])
        if remaining > limit * SPARED:
            return 0.0

        period = float(told.get("period", 0))
        ends = _moment(told.get("until"))
        if ends is None:
            return _bounded(period)
        return _bounded(min(ends - now, period or LONGEST))
    return 0.0


def shopify_pause(headers: Headers, now: float) -> float:
    """Return the seconds until half of the bucket is empty, where it is nearly full: else none.

    X-Shopify-Shop-Api-Call-Limit is 32/40.
    """
    del now
    with suppress(ValueError, KeyError, ZeroDivisionError):
        used, _, limit = headers["X-Shopify-Shop-Api-Call-Limit"].partition("/")
        share = float(used) / float(limit)
        if share > 1 - SPARED:
            return _bounded((share - 0.5) * EMPTIES)
    return 0.0


def retry_after(headers: Headers, now: float) -> float | None:
    """Return what Retry-After says, in seconds from now; None where it says nothing."""
    written = headers.get("Retry-After", "")
    with suppress(ValueError):
        return _bounded(float(written))
    with suppress(ValueError, TypeError):
        return _bounded(parsedate_to_datetime(written).timestamp() - now)
    return None


def _bounded(seconds: float) -> float:
    # Which is also what becomes of NaN.
    if not seconds > 0:
        return 0.0
    return min(seconds, LONGEST)


def _moment(value: object) -> float | None:
    """Return a time as seconds since 1970: ISO 8601, or seconds; without a zone it is UTC."""
    if isinstance(value, int | float):
        return float(value)
    try:
        written = datetime.fromisoformat(str(value).removesuffix(" UTC"))
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        return written.timestamp()
    except (ValueError, OverflowError):
        return None
