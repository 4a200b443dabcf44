"""What stands in the filter box, as a filter: `consumer:erp error:"timed out" since:2h`. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.printable import printable
from workers import durations
from workers.dead_letters import Filter
from workers.durations import BadDuration
from workers.settings import SettingsError

KEYS = ("consumer", "topic", "shop", "reason", "error", "group", "id", "since", "until")
"""What can be asked for, each as the commands' option of the same name."""
MOMENTS = ("since", "until")
LONGEST = 1_000
"""Characters of a box: of a longer one, what is left out could widen the rest."""
UNSEEN = "there is something in it that nobody sees: forms would send it otherwise than it is"
TOO_LONG = f"{LONGEST} characters at most"

_KNOWN = ", ".join(KEYS)
_TERM = re.compile(r'(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))')
_PLAIN = re.compile(r"[^\s\":]+")


@dataclass(frozen=True, slots=True)
class Boxed:
    """A box that was read; where there is a `problem`, the filter takes everything."""

    text: str
    filter: Filter
    problem: str = ""


def read_box(text: str, now_ms: int) -> Boxed:
    """Return what a box asks for."""
    written = text[:LONGEST].strip()
    if len(text) > LONGEST:
        return Boxed(written, Filter(), TOO_LONG)
    if printable(written) != written:
        return Boxed(written, Filter(), UNSEEN)
    try:
        return Boxed(written, _filter(written, now_ms))
    except (BadDuration, SettingsError, _BadTerm) as error:
        told = str(error).replace("--", "")
        return Boxed(written, Filter(), told)


def write_box(**asked: str) -> str:
    """Return the text of a box that asks for this; what is empty is left out."""
    terms: list[str] = []
    for key, value in asked.items():
        if value:
            written = quoted(value)
            terms.append(f"{key}:{written}")
    return " ".join(terms)


def quoted(value: str) -> str:
    """Return a value as it stands behind its colon."""
    if _PLAIN.fullmatch(value):
        return value
    plain = value.replace('"', "'")
    return f'"{plain}"'


class _BadTerm(ValueError):
    """Something in the box cannot be meant."""


def _filter(text: str, now_ms: int) -> Filter:
    asked: dict[str, Any] = {}
    loose: list[str] = []
    for key, value in _terms(text):
        if not key:
            loose.append(value)
        elif key in asked:
            raise _BadTerm(f"{key}: stands there twice")
        else:
            asked[key] = value

    if loose and "error" in asked:
        first = loose[0]
        raise _BadTerm(f"{first}: say what it is, such as shop:{first}")
    if loose:
        asked["error"] = " ".join(loose)

    for key in MOMENTS:
        written = asked.pop(key, None)
        if written is not None:
            asked[f"{key}_ms"] = durations.moment(written, now_ms)
    return Filter(**asked)


def _terms(text: str) -> Iterator[tuple[str, str]]:
    for match in _TERM.finditer(text):
        key = match[1] or ""
        if key and key not in KEYS:
            raise _BadTerm(f"{key}: is nothing to filter by; there are {_KNOWN}")

        value = match[2]
        if value is None:
            value = match[3]
        yield key, value
