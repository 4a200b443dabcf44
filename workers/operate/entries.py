"""An entry of the control log: what an operator or a worker has written there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.control import VERSION, What
from schemas.record_fields import number, text


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: when, by whom, what, and all that it says. Others may have written it."""

    at: int
    by: str
    what: str
    record: Mapping[str, Any]


def entry_of(record: Mapping[str, Any]) -> Entry | None:
    """Return what a record tells; None where it tells nobody anything new."""
    what = text(record.get("what"))
    if record.get("v") != VERSION or what in ("", What.STATE):
        return None

    at = number(record.get("at"))
    by = text(record.get("by"))
    return Entry(at, by, what, record)
