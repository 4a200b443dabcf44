"""Records of layouts in the control log: making them, folding them, saying them again. Pure.

    partitioned   partitions: so many from here on · before: so many until now, 0 where it is the
                  first that is said
    drained       partition: one of those before; nothing is left in it of what moves
    settled       the move is over · queues: partitions that there are none any more, retired by it

Each names a `consumer` and a `topic`, as it stands in queues' names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from schemas.bucket import DIVISORS
from schemas.layouts import Key, Layout
from schemas.names import WorkQueue
from schemas.record_fields import number, text


class Step(StrEnum):
    """Kinds of records."""

    PARTITIONED = "partitioned"
    DRAINED = "drained"
    SETTLED = "settled"


def with_record(
    layouts: Mapping[Key, Layout], record: Mapping[str, Any], offset: int
) -> Mapping[Key, Layout]:
    """Return the layouts after one more record; what nobody can read changes nothing."""
    key = _key(record)
    known = layouts.get(key)
    if known is not None and offset <= known.offset:
        return layouts

    after = _after(known, record, offset)
    if after is None or not all(key):
        return layouts

    changed = dict(layouts)
    changed[key] = after
    return changed


def _key(record: Mapping[str, Any]) -> Key:
    consumer = text(record.get("consumer"))
    topic = text(record.get("topic"))
    return consumer, topic


def _after(known: Layout | None, record: Mapping[str, Any], offset: int) -> Layout | None:
    match record.get("what"):
        case Step.PARTITIONED:
            return _partitioned(known, record, offset)
        case Step.DRAINED if known is not None:
            partition = number(record.get("partition"))
            drained = known.drained | {partition}
            return replace(known, drained=drained, offset=offset)
        case Step.SETTLED if known is not None:
            return replace(known, before=0, drained=frozenset(), offset=offset)
        case _:
            return None


def _partitioned(known: Layout | None, record: Mapping[str, Any], offset: int) -> Layout | None:
    count = number(record.get("partitions"))
    before = number(record.get("before"))
    if count not in DIVISORS or before not in (0, *DIVISORS):
        return None

    is_first = before == 0
    if is_first and known is not None:
        return None  # a worker that had not read yet what is known
    return Layout(count, before, offset=offset, is_first=is_first)


def without_retired(
    layouts: Mapping[Key, Layout], retired: Iterable[WorkQueue], wanted: Iterable[WorkQueue]
) -> Mapping[Key, Layout]:
    """Return the layouts without those of which no partition is wanted any more."""
    kept = dict(layouts)
    left = {queue.whole for queue in wanted}
    for queue in retired:
        if queue.whole not in left:
            key = (queue.consumer, queue.topic)
            kept.pop(key, None)
    return kept


def restated(layouts: Mapping[Key, Layout]) -> list[dict[str, Any]]:
    """Return the layouts as a restatement of the whole state holds them."""
    return [
        {
            "consumer": consumer,
            "topic": topic,
            "partitions": layout.partitions,
            "before": layout.before,
            "drained": sorted(layout.drained),
            "offset": layout.offset,
        }
        for (consumer, topic), layout in sorted(layouts.items())
    ]


def with_restated(
    layouts: Mapping[Key, Layout], said: Iterable[Mapping[str, Any]], offset: int
) -> Mapping[Key, Layout]:
    """Return the layouts with those of a restatement; of two sayings the later one holds.

    But for a worker's first word: where something was said before it, it says nothing.
    """
    merged = dict(layouts)
    for one in said:
        layout = _read(one, offset)
        key = _key(one)
        if layout is None or not all(key):
            continue

        known = merged.get(key)
        if known is None or known.is_first or known.offset <= layout.offset:
            merged[key] = layout
    return merged


def _read(said: Mapping[str, Any], offset: int) -> Layout | None:
    said_offset = number(said.get("offset"))
    own_offset = min(said_offset, offset)
    layout = _partitioned(None, said, own_offset)
    if layout is None:
        return None

    told = said.get("drained")
    if not isinstance(told, list):
        told = []
    numbers = map(number, told)
    drained = frozenset(numbers)
    return replace(layout, drained=drained, is_first=False)


def layout_record(what: Step, whole: WorkQueue, *, by: str, at: int, **said: int) -> dict[str, Any]:
    """Return a record of a consumer's partitions of a topic."""
    record: dict[str, Any] = {
        "v": 1,
        "at": at,
        "by": by,
        "what": what.value,
        "consumer": whole.consumer,
        "topic": whole.topic,
    }
    return record | said
