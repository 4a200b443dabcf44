"""The control log's entries, and orders, as sentences for people. Pure."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from schemas.names import ANY
from schemas.orders import KINDS, Order, Ordered, read_order
from schemas.printable import printable
from schemas.record_fields import number, text
from workers.operate.entries import Entry

NAMED = 5
"""Queues that a sentence names at most."""
_TOLD_ELSEWHERE = {"v", "at", "by", "what"}


def told_moment(ms: int) -> str:
    """Return a time to the second, such as `2026-11-29 02:30:01Z`."""
    try:
        moment = datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return "at no time"
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"


def told_entry(entry: Entry) -> str:
    """Return an entry on one line: when, who, what."""
    at = told_moment(entry.at)
    by = entry.by or "nobody"
    does = told_deed(entry)
    return printable(f"{at}  {by}  {does}")


def told_order(order: Order) -> str:
    """Return what an order says: `paused erp orders/create until …: reason`."""
    on = told_target(order.consumer, order.topic)
    said = f"{order.what.value} {on}"
    match order.what:
        case Ordered.SET:
            said = f"{said} concurrency={order.concurrency or 'default'}"
        case Ordered.LIMITED:
            said = f"{said} {order.limit}={order.value or 'default'}"

    if order.until is not None:
        said = f"{said} until {told_moment(order.until)}"
    if order.reason:
        said = f"{said}: {order.reason}"
    return said


def told_target(consumer: str, topic: str) -> str:
    """Return what an order is for, as an operator writes it."""
    if not topic:
        return consumer
    written = topic.replace(ANY, "*").replace(".", "/", 1)
    return f"{consumer} {written}"


def told_deed(entry: Entry) -> str:
    """Return what an entry tells that was done."""
    if entry.what in KINDS:
        order = read_order(entry.record, 0)
        if order is not None:
            return told_order(order)

    tell = _DEEDS.get(entry.what, _whatever)
    return f"{entry.what} {tell(entry.record)}"


def _queues(record: Mapping[str, Any]) -> str:
    queues = record.get("queues")
    if not isinstance(queues, list):
        return ""

    names = [text(name) for name in queues]
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    if more > 0:
        shown = f"{shown} and {more} more"
    return shown


def _moved(word: str, record: Mapping[str, Any]) -> str:
    """Tell how many, by which filter, and as what, into or from what."""
    said = str(number(record.get("count")))
    chosen = record.get("chosen")
    if isinstance(chosen, dict) and chosen:
        filters = [f"{option} {value}" for option, value in chosen.items()]
        told = ", ".join(filters)
        said = f"{said} ({told})"

    name = text(record.get("name"))
    if name:
        said = f"{said} {word} {name}"
    return said


def _partitions(record: Mapping[str, Any]) -> str:
    """Tell whose partitions a step is about, into how many, or which of them."""
    consumer = text(record.get("consumer"))
    topic = text(record.get("topic"))
    said = told_target(consumer, topic)
    for name in ("partitions", "before", "partition"):
        value = record.get(name)
        if isinstance(value, int):
            said = f"{said} {name}={value}"
    return said


def _whatever(record: Mapping[str, Any]) -> str:
    """Tell of a kind that is not known here by all that it says."""
    said = {name: value for name, value in record.items() if name not in _TOLD_ELSEWHERE}
    return json.dumps(said)


_DEEDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "declared": _queues,
    "retired": _queues,
    "partitioned": _partitions,
    "drained": _partitions,
    "settled": _partitions,
    "replayed": partial(_moved, "as"),
    "dropped": partial(_moved, "into"),
    "imported": partial(_moved, "from"),
    "hurried": partial(_moved, "as"),
    "cancelled": partial(_moved, "as"),
    "looked_at": partial(_moved, "as"),
}


def duration(ms: float) -> str:
    """Return a duration in one unit, as people say it: 850 ms, 12 s, 7 min, 3 h, 2 d."""
    for limit, divisor, unit in _UNITS:
        if ms < limit:
            return f"{ms / divisor:.0f} {unit}"
    return f"{ms / 86_400_000:.0f} d"


_UNITS: tuple[tuple[float, float, str], ...] = (
    (1_000, 1, "ms"),
    (120_000, 1_000, "s"),
    (7_200_000, 60_000, "min"),
    (172_800_000, 3_600_000, "h"),
)
