"""A secret: its bytes, and until when it counts. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from typing import Any, Self

_WITH_UNTIL = re.compile(r"(.*?)\s+until=(\S*)", re.DOTALL)
_MEANT = re.compile(r"\suntil\s*=")
DATE = "a date such as 2027-01-31, or a moment such as 2027-01-31T12:00Z"


class Secret(bytes):
    """What the platform signs with. `until`: in seconds since 1970; it proves nothing after."""

    until: float

    def __new__(cls, value: bytes, until: float = inf) -> Self:
        """Make one of these bytes."""
        secret = super().__new__(cls, value)
        secret.until = until
        return secret

    def holds_at(self, now: float) -> bool:
        """Tell whether it counts at a moment, in seconds since 1970."""
        return now < self.until


def split(written: str) -> tuple[str, str]:
    """Return the value and the text behind `until=`; the empty string where there is none."""
    match = _WITH_UNTIL.fullmatch(written.strip())
    if match is None:
        return written.strip(), ""
    return match[1], match[2] or "nothing"


def seems_to_end(secret: str) -> bool:
    """Tell whether `until=` has become part of the secret, which then proves nothing."""
    return _MEANT.search(secret) is not None


def moment(until: Any) -> float:
    """Return a date's end in UTC, or a moment, in seconds since 1970; raises ValueError."""
    try:
        return _moment(until)
    except (ValueError, OverflowError):
        raise ValueError(f"until= is {DATE}") from None


def _moment(until: Any) -> float:
    match until:
        case "":
            return inf
        case str() if len(until) == len("2027-01-31"):
            return _moment(date.fromisoformat(until))
        case str():
            return _moment(datetime.fromisoformat(until))
        case datetime(tzinfo=None):
            return until.replace(tzinfo=UTC).timestamp()
        case datetime():
            return until.timestamp()
        case date():
            next_day = until + timedelta(days=1)
            return datetime.combine(next_day, time(), UTC).timestamp()
    raise ValueError
