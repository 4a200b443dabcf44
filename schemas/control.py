"""The control log: what was declared and ordered, folded into the state that follows from it. Pure.

`{app}.control` is a stream of small JSON objects, each `{"v": 1, "at": ms, "by": who, "what": …}`
and more by `what`:

    declared   topology: its version · queues: names of work queues that a worker runs ·
               never_replayed: those whose consumer declares replay="never" · ordered: likewise
    retired    queues: names of work queues that nobody shall run any more
    paused, resumed, set, opened, closed
               an order on a consumer's queues, or on one of them: see `orders`
    replayed, dropped, imported, hurried, cancelled, looked_at
               count: messages that an operator moved, or read the body of · chosen: by what ·
               name: of the operation
    partitioned, drained, settled
               how many partitions a consumer has of a topic: see `layouts`
    state      topology · queues: {name: {"retired", "never_replayed", "ordered", "by", "at",
               "offset"}} · orders: [each, with "by", "at", "offset"] ·
               layouts: [each, with "offset"]: all that the records before it came to

A stream's old end is cut off, so every 1,000th record restates the whole state. A restatement may
stand behind records that its writer had not read yet: each fact carries the offset of the record
that it comes from, the later one holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from schemas.layout_records import Step, with_record, with_restated, without_retired
from schemas.layouts import Key as LayoutKey
from schemas.layouts import Layout
from schemas.names import work_queues
from schemas.orders import Key, Order, read_order
from schemas.queue_facts import QueueFact, facts_of, restated_facts
from schemas.record_fields import number

VERSION = 1
"""Of a record's form; records of another are passed over."""

RESTATE_EVERY = 1_000
"""Records after which the whole state is written again."""


class What(StrEnum):
    """Kinds of records; `orders.Ordered` are further ones."""

    DECLARED = "declared"
    RETIRED = "retired"
    STATE = "state"

    REPLAYED = "replayed"
    DROPPED = "dropped"
    IMPORTED = "imported"
    HURRIED = "hurried"
    CANCELLED = "cancelled"
    LOOKED_AT = "looked_at"


@dataclass(frozen=True, slots=True)
class ControlState:
    """What all records together say. `records` counts those since the state was last restated."""

    topology: int | None = None
    queues: Mapping[str, QueueFact] = field(default_factory=dict)
    records: int = 0
    next_offset: int = 0
    orders: Mapping[Key, Order] = field(default_factory=dict)
    layouts: Mapping[LayoutKey, Layout] = field(default_factory=dict)

    @property
    def wanted(self) -> frozenset[str]:
        """The work queues that were declared and not retired since."""
        facts = self.queues.items()
        wanted = [name for name, fact in facts if not fact.retired]
        return frozenset(wanted)

    @property
    def never_replayed(self) -> frozenset[str]:
        """The work queues whose consumer declares that dead letters are not to be replayed."""
        facts = self.queues.items()
        never = [name for name, fact in facts if fact.never_replayed]
        return frozenset(never)


def fold(state: ControlState, record: Mapping[str, Any], offset: int) -> ControlState:
    """Return the state after one more record, which stands at this offset of the stream.

    What nobody can read (another form, a kind that is not known) changes nothing but the count. The
    same record twice is the same as once.
    """
    next_offset = max(state.next_offset, offset + 1)
    after = replace(state, records=state.records + 1, next_offset=next_offset)
    if record.get("v") != VERSION:
        return after

    topology = _version(record)
    match record.get("what"):
        case What.DECLARED:
            facts = facts_of(record, offset, retired=False)
            return _noted(after, topology, facts)
        case What.RETIRED:
            return _retired(after, record, offset)

        case What.STATE:
            facts = restated_facts(record)
            whole = _noted(after, topology, facts)
            return _restated(whole, record, offset)
        case Step.PARTITIONED | Step.DRAINED | Step.SETTLED:
            laid = with_record(state.layouts, record, offset)
            gone = facts_of(record, offset, retired=True)
            laid_out = replace(after, layouts=laid)
            return _noted(laid_out, None, gone)
        case _:
            order = read_order(record, offset)
            return _ordered(after, [order])


def restates_all(record: Mapping[str, Any]) -> bool:
    """Tell whether nothing that stands before the record can matter.

    A restatement by a Hookline that knew no orders, or no partitions, says nothing of them.
    """
    is_state = record.get("v") == VERSION and record.get("what") == What.STATE
    lists = (record.get("orders"), record.get("layouts"))
    return is_state and all(isinstance(one, list) for one in lists)


def _noted(
    state: ControlState, topology: int | None, facts: Mapping[str, QueueFact]
) -> ControlState:
    queues = dict(state.queues)
    for name, fact in facts.items():
        known = queues.get(name)
        is_latest = known is None or known.offset <= fact.offset
        if is_latest:
            queues[name] = fact

    if topology is None:
        return replace(state, queues=queues)
    return replace(state, topology=topology, queues=queues)


def _retired(state: ControlState, record: Mapping[str, Any], offset: int) -> ControlState:
    facts = facts_of(record, offset, retired=True)
    less = _noted(state, None, facts)

    gone = work_queues(facts)
    left = work_queues(less.wanted)
    kept = without_retired(less.layouts, gone, left)
    return replace(less, layouts=kept)


def _ordered(state: ControlState, given: Iterable[Order | None]) -> ControlState:
    orders = dict(state.orders)
    for order in given:
        if order is None:
            continue
        known = orders.get(order.key)
        is_latest = known is None or known.offset <= order.offset
        if is_latest:
            orders[order.key] = order
    return replace(state, orders=orders)


def _restated(state: ControlState, record: Mapping[str, Any], offset: int) -> ControlState:
    """Return the state with the orders and layouts of a restatement."""
    orders = []
    for said in _dicts(record.get("orders")):
        # None comes from a record behind its restatement.
        own_offset = min(number(said.get("offset")), offset)
        orders.append(read_order(said, own_offset))
    whole = _ordered(state, orders)

    said_of_layouts = _dicts(record.get("layouts"))
    laid = with_restated(whole.layouts, said_of_layouts, offset)

    records = whole.records
    if restates_all(record):
        records = 0
    return replace(whole, layouts=laid, records=records)


def _dicts(said: object) -> list[Mapping[str, Any]]:
    if not isinstance(said, list):
        return []
    return [one for one in said if isinstance(one, dict)]


def _version(record: Mapping[str, Any]) -> int | None:
    version = record.get("topology")
    if isinstance(version, bool):
        return None

    if isinstance(version, int):
        return version

    return None
