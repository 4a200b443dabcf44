"""What an ordered partition holds, as its worker tells of it: a line for each shop. Pure.

Nobody else can look: the worker that has the partition has all of it in its hands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from schemas.record_fields import number, text

MOST_TOLD = 100
"""Lines that a beat tells of: those that a dead letter halts, and then the longest."""
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
    halted: int = 0
    """1 where the first is dead, and the others wait for what becomes of its letter; else 0."""


def longest(lines: Iterable[HeldLine]) -> list[HeldLine]:
    """Return the lines that a beat tells of."""
    in_order = sorted(lines, key=_rank)
    return in_order[:MOST_TOLD]


def _rank(line: HeldLine) -> tuple[int, int, int]:
    return -line.halted, -line.behind, line.due_ms


def as_written(line: HeldLine) -> dict[str, Any]:
    """Return a line as it stands in a beat."""
    said = asdict(line)
    for name, value in said.items():
        if isinstance(value, str):
            said[name] = value[:MAX_TEXT]
    return said


def read(said: object) -> tuple[HeldLine, ...]:
    """Return the lines that a beat tells of; what is none of ours is passed over."""
    if not isinstance(said, list):
        return ()

    lines: list[HeldLine] = []
    for one in said:
        if isinstance(one, dict):
            line = _read(one)
            lines.append(line)
    named = [line for line in lines if line.queue]
    return tuple(named)


def _read(said: Mapping[str, Any]) -> HeldLine:
    known: dict[str, Any] = {}
    for field in fields(HeldLine):
        name = field.name
        value = said.get(name)
        if field.type is str:
            whole = text(value)
            known[name] = whole[:MAX_TEXT]
        else:
            written = number(value)
            known[name] = max(0, written)
    return HeldLine(**known)
