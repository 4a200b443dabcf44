"""What an ordered partition holds, as its worker tells of it: a line for each shop. Pure.

Nobody else can look: the worker that has the partition has all of it in its hands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from schemas.record_fields import number, text

MOST_TOLD = 100
"""Lines that a beat tells of: the longest ones."""
MAX_TEXT = 200
"""Characters of a text in a line; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """The first of a shop's webhooks that are held, and how many more wait `behind` it.

    `since_ms` is when its wait began, `due_ms` when its next attempt is due.
    """

    queue: str
    """The partition's name."""
    shop: str
    id: str
    topic: str
    error: str
    """What failed last."""
    attempt: int
    """The one that comes."""
    since_ms: int
    due_ms: int
    behind: int


_TEXTS = ("queue", "shop", "id", "topic", "error")
_NUMBERS = tuple(one.name for one in fields(HeldLine) if one.name not in _TEXTS)


def longest(lines: Iterable[HeldLine]) -> list[HeldLine]:
    """Return the lines that a beat tells of."""
    in_order = sorted(lines, key=lambda line: (-line.behind, line.due_ms))
    return in_order[:MOST_TOLD]


def written(lines: Iterable[HeldLine]) -> dict[str, list[Any]]:
    """Return lines as columns, so that no name repeats."""
    told = list(lines)
    columns: dict[str, list[Any]] = {}
    for name in _TEXTS:
        columns[name] = [getattr(line, name)[:MAX_TEXT] for line in told]
    for name in _NUMBERS:
        columns[name] = [getattr(line, name) for line in told]
    return columns


def read(said: object) -> tuple[HeldLine, ...]:
    """Return the lines of such columns; what is none of ours is passed over."""
    if not isinstance(said, dict):
        return ()

    columns = {name: _column(said, name) for name in (*_TEXTS, *_NUMBERS)}
    rows = zip(*columns.values(), strict=False)
    lines = (_line(dict(zip(columns, row, strict=True))) for row in rows)
    return tuple(line for line in lines if line.queue)


def _column(said: Mapping[str, Any], name: str) -> list[Any]:
    column = said.get(name)
    return column if isinstance(column, list) else []


def _line(row: Mapping[str, Any]) -> HeldLine:
    known: dict[str, Any] = {name: text(row[name])[:MAX_TEXT] for name in _TEXTS}
    known |= {name: max(0, number(row[name])) for name in _NUMBERS}
    return HeldLine(**known)
