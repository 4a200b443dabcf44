"""What the control log last said of a work queue. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.record_fields import number, text


@dataclass(frozen=True, slots=True)
class QueueFact:
    """The last thing said of a work queue: who ran or retired it, and when, in milliseconds."""

    by: str
    at: int
    offset: int
    retired: bool = False
    never_replayed: bool = False
    """Whether its consumer declares that dead letters are not to be replayed."""
    ordered: bool = False
    """Whether its consumer keeps each shop's order, and what it holds back lies beside it."""


def facts_of(record: Mapping[str, Any], offset: int, *, retired: bool) -> dict[str, QueueFact]:
    """Return what a record says that declares queues, or retires them."""
    names = record.get("queues")
    if not isinstance(names, list):
        return {}

    by = text(record.get("by"))
    at = number(record.get("at"))
    never = _names(record, "never_replayed")
    ordered = _names(record, "ordered")

    facts = {}
    for name in names:
        if not isinstance(name, str):
            continue
        is_never_replayed = name in never
        is_ordered = name in ordered
        facts[name] = QueueFact(by, at, offset, retired, is_never_replayed, is_ordered)
    return facts


def restated_facts(record: Mapping[str, Any]) -> dict[str, QueueFact]:
    """Return what a restatement says of queues, each with the offset that it comes from."""
    queues = record.get("queues")
    if not isinstance(queues, dict):
        return {}

    return {name: _fact(said) for name, said in queues.items() if isinstance(said, dict)}


def _names(record: Mapping[str, Any], field: str) -> list[Any]:
    names = record.get(field)
    if not isinstance(names, list):
        return []
    return names


def _fact(said: Mapping[str, Any]) -> QueueFact:
    by = text(said.get("by"))
    at = number(said.get("at"))
    offset = number(said.get("offset"))
    return QueueFact(
        by,
        at,
        offset,
        retired=_says(said, "retired"),
        never_replayed=_says(said, "never_replayed"),
        ordered=_says(said, "ordered"),
    )


def _says(said: Mapping[str, Any], name: str) -> bool:
    return said.get(name) is True
