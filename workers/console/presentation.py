"""How times, numbers and names are written on the pages. Pure."""

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from schemas.headers import MAX_NUMBER
from schemas.printable import MARK
from workers.dead_letters import Filter
from workers.operate.telling import duration

NOTHING = "-"
THOUSAND = 1_000
SMALL = 10
"""Below this a rate has a digit behind the point."""
THIN_SPACE = "\u202f"


def number(value: float | None) -> str:
    """Return a number with its thousands apart; NOTHING where nobody knows it."""
    if value is None:
        return NOTHING
    is_whole = value == round(value)
    if -SMALL < value < SMALL and not is_whole:
        return f"{value:.1f}"
    written = f"{value:,.0f}"
    return written.replace(",", THIN_SPACE)


def span(ms: float | None) -> str:
    """Return a duration in one unit, NOTHING where nobody knows it."""
    if ms is None:
        return NOTHING
    return duration(ms)


def ago(ms: int, now_ms: int) -> str:
    """Return how long ago a moment was, or how far it is ahead."""
    if not ms:
        return NOTHING
    passed = now_ms - ms
    if passed < -THOUSAND:
        return f"in {duration(-passed)}"
    if passed < THOUSAND:
        return "now"
    return f"{duration(passed)} ago"


def moment(ms: int) -> str:
    """Return a time to the second, in UTC; NOTHING where there is none."""
    if not ms:
        return NOTHING
    at = _time(ms)
    return f"{at:%Y-%m-%d %H:%M:%S}"


def machine_time(ms: int) -> str:
    """Return a time as `<time datetime>` has it, for whatever reads pages."""
    at = _time(ms)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def command(*words: str) -> str:
    """Return a command line that can be pasted into a shell."""
    return shlex.join(("hookline-workers", *words))


def options(wanted: Filter) -> list[str]:
    """Return a filter as the commands are told it."""
    told: list[str] = []
    for name, value in wanted.described().items():
        told += [f"--{name}", value]
    return told


def query(**values: str) -> str:
    """Return the part of an address behind its path; what is empty is left out."""
    said = {name: value for name, value in values.items() if value}
    if not said:
        return ""
    written = urlencode(said, safe="/:")
    return f"?{written}"


def short(text: str, most: int) -> str:
    """Return a text, or of a longer one its start and a mark."""
    if len(text) <= most:
        return text
    start = text[: most - 1]
    return f"{start}{MARK}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 letter`, `2 letters`."""
    if count == 1:
        return f"1 {one}"
    words = many or f"{one}s"
    return f"{number(count)} {words}"


def listed(words: Sequence[str], most: int = 5) -> str:
    """Return some of the words, and how many more there are."""
    shown = ", ".join(words[:most])
    more = len(words) - most
    if more <= 0:
        return shown
    return f"{shown} and {more} more"


def _time(ms: int) -> datetime:
    """Return a time; one that nobody of ours wrote is the latest that we would write."""
    return datetime.fromtimestamp(min(ms, MAX_NUMBER) / THOUSAND, UTC)
