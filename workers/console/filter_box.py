"""What stands in the filter box, as a filter: `consumer:erp error:"timed out" since:2h`. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workers import durations
from workers.dead_letters import Filter
from workers.durations import BadDuration
from workers.settings import SettingsError

KEYS = ("consumer", "topic", "shop", "reason", "error", "group", "id", "since", "until")
"""What can be asked for, each as the commands' option of the same name."""
MOMENTS = ("since", "until")
LONGEST = 1_000
"""Characters of a box."""

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
    try:
        return Boxed(written, _filter(written, now_ms))
    except (BadDuration, SettingsError, _BadTerm) as error:
        told = str(error).replace("--", "")
        return Boxed(written, Filter(), told)


def write_box(**asked: str) -> str:
    """Return the text of a box that asks for this; what is empty is left out."""
    terms = [f"{key}:{quoted(value)}" for key, value in asked.items() if value]
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

    if loose and "error" not in asked:
        asked["error"] = " ".join(loose)
    elif loose:
        raise _BadTerm(f"{loose[0]}: say what it is, such as shop:{loose[0]}")
    for key in MOMENTS:
        if key in asked:
            asked[f"{key}_ms"] = durations.moment(asked.pop(key), now_ms)
    return Filter(**asked)


def _terms(text: str) -> Iterator[tuple[str, str]]:
    for match in _TERM.finditer(text):
        key = match[1] or ""
        value = match[3] if match[2] is None else match[2]
        if key in KEYS or not key:
            yield key, value
        elif match[2] is None:
            raise _BadTerm(f"{key}: is nothing to filter by; there are {', '.join(KEYS)}")
        else:
            raise _BadTerm(f"{key}: is nothing to filter by")
