"""How times, numbers and names are written on the pages. Pure."""

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from workers.dead_letters import Filter
from workers.operate.problems import duration

NOTHING = "-"
THOUSAND = 1_000


def number(value: float | None) -> str:
    """Return a number with its thousands apart; NOTHING where nobody knows it."""
    if value is None:
        return NOTHING
    if value and abs(value) < 10 and value != round(value):  # noqa: PLR2004 - one digit before the point
        return f"{value:.1f}"
    return f"{value:,.0f}".replace(",", "\u202f")


def span(ms: float | None) -> str:
    """Return a duration in one unit, NOTHING where nobody knows it."""
    return NOTHING if ms is None else duration(ms)


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
    return f"{datetime.fromtimestamp(ms / THOUSAND, UTC):%Y-%m-%d %H:%M:%S}"


def machine_time(ms: int) -> str:
    """Return a time as `<time datetime>` has it, for whatever reads pages."""
    return f"{datetime.fromtimestamp(ms / THOUSAND, UTC):%Y-%m-%dT%H:%M:%SZ}"


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
    return f"?{urlencode(said)}" if said else ""


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 letter`, `2 letters`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def listed(words: Sequence[str], most: int = 5) -> str:
    """Return some of the words, and how many more there are."""
    shown = ", ".join(words[:most])
    more = len(words) - most
    return f"{shown} and {more} more" if more > 0 else shown
