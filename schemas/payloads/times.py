"""Times: ISO 8601, and as Ruby prints them."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from schemas.payloads.expected import Expected


def _aware(value: datetime) -> datetime:
    if value.tzinfo:
        return value
    # The API's times are UTC where they say nothing else.
    return value.replace(tzinfo=UTC)


_CLOCK = r"(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
# `UTC`, `+1000`, or both: `UTC +00:00`, `AEST +10:00`.
_ZONE = r"(?: ?(?:UTC|GMT|Z|(?:[A-Z]{1,5} ?)?(?P<offset>[+-]\d\d:?\d\d)))"
_NAMED_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMED_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"

_RUBY = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        # 2015-05-08 16:02:51 UTC · 2015/05/08 16:02:51 +1000
        rf"(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[ T]{_CLOCK}{_ZONE}?",
        # Fri, 08 May 2015 16:02:51 +0000 · Fri, 08 May 2015 16:02:51 UTC +00:00
        rf"(?:{_NAMED_DAY}, )?(?P<day>\d\d?) {_NAMED_MONTH} (?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
        # Fri May 08 16:02:51 +1000 2015
        rf"{_NAMED_DAY} {_NAMED_MONTH} (?P<day>[ \d]?\d) {_CLOCK}{_ZONE} (?P<year>\d{{4}})",
    )
]
"""How Ruby prints times: `to_s`, `rfc822`, `httpdate`, `inspect`, and before 1.9."""


def _as_iso(value: Any) -> Any:
    """Return a time as Ruby prints it in ISO 8601, and anything else as it is."""
    if not isinstance(value, str):
        return value

    printed = value.strip()
    for pattern in _RUBY:
        found = pattern.fullmatch(printed)
        if found:
            return _iso_of(found)
    return printed


def _iso_of(found: re.Match[str]) -> str:
    """Return in ISO 8601 what one of Ruby's patterns has found."""
    year = found["year"]
    month = found["month"]
    day = int(found["day"])
    clock = found["clock"]
    offset = found["offset"] or "Z"

    if not month.isdigit():
        number = _MONTHS.index(month) + 1
        month = f"{number:02}"
    return f"{year}-{month}-{day:02}T{clock}{offset}"


Time = Annotated[
    AwareDatetime | Annotated[datetime, BeforeValidator(_as_iso), AfterValidator(_aware)],
    Field(union_mode="left_to_right"),
    Expected("a time, such as 2015-10-24T18:26:31Z"),
]
"""Aware: ISO 8601 with `Z`, an offset, fractions, a blank instead of `T`, or without a zone, which
is UTC; and as Ruby prints it, `2015-05-08 16:02:51 +1000` or `Fri, 08 May 2015 16:02:51 +0000`.
"""
