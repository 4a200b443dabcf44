"""Records of the control log: making them, writing them down and reading them. Pure.

Their form is told in `control`, which folds them.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from schemas import layout_records
from schemas.control import RESTATE_EVERY, VERSION, ControlState, What
from schemas.orders import Order, written
from schemas.queue_facts import QueueFact

RAN_FRESH_MS = 3_600_000
"""What a worker runs is written down again after so long, not at each start.

So the log tells who last ran it.
"""


def declared(
    state: ControlState,
    queues: Iterable[str],
    never_replayed: Collection[str] = (),
    ordered: Collection[str] = (),
    *,
    topology: int,
    by: str,
    at: int,
) -> dict[str, Any] | None:
    """Return the record that a worker with these queues has to write.

    None where the log says it already.
    """
    names = sorted(queues)
    never = [name for name in names if name in never_replayed]
    in_order = [name for name in names if name in ordered]
    said = {name: (name in never, name in in_order) for name in names}
    all_fresh = all(_is_fresh(state.queues.get(name), at, said[name]) for name in names)
    if state.topology == topology and all_fresh:
        return None

    record = {
        "v": VERSION,
        "at": at,
        "by": by,
        "what": What.DECLARED.value,
        "topology": topology,
        "queues": names,
    }
    if never:
        record["never_replayed"] = never
    if in_order:
        record["ordered"] = in_order
    return record


def retired(queues: Iterable[str], *, by: str, at: int) -> dict[str, Any]:
    """Return the record that these work queues are not to be run any more."""
    return {
        "v": VERSION,
        "at": at,
        "by": by,
        "what": What.RETIRED.value,
        "queues": sorted(queues),
    }


def ordered(order: Order) -> dict[str, Any]:
    """Return the record that gives an order, or tells of a breaker."""
    return {"v": VERSION, "at": order.at, "by": order.by, **written(order)}


def moved(
    what: What, *, by: str, at: int, count: int, chosen: Mapping[str, str], name: str = ""
) -> dict[str, Any]:
    """Return the record that an operator has moved so many messages.

    `chosen` says by which filter, `name` what the operator called it.
    """
    record = {
        "v": VERSION,
        "at": at,
        "by": by,
        "what": what.value,
        "count": count,
        "chosen": dict(chosen),
    }
    if name:
        record["name"] = name
    return record


def restated(state: ControlState, *, by: str, at: int) -> dict[str, Any] | None:
    """Return the record that says the whole state again; None while it is not due."""
    if state.records < RESTATE_EVERY:
        return None

    queues = {name: _restated_fact(fact) for name, fact in sorted(state.queues.items())}
    orders = [
        {**written(order), "by": order.by, "at": order.at, "offset": order.offset}
        for _, order in sorted(state.orders.items())
    ]
    return {
        "v": VERSION,
        "at": at,
        "by": by,
        "what": What.STATE.value,
        "topology": state.topology,
        "queues": queues,
        "orders": orders,
        "layouts": layout_records.restated(state.layouts),
    }


def encode(record: Mapping[str, Any]) -> bytes:
    """Return a record as it stands in the stream."""
    return json.dumps(record, separators=(",", ":")).encode()


def decode(body: bytes) -> dict[str, Any]:
    """Return a record read from the stream; an empty one where it is none of ours."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return {}

    if not isinstance(record, dict):
        return {}
    return record


def _is_fresh(fact: QueueFact | None, now: int, said: tuple[bool, bool]) -> bool:
    if fact is None or fact.retired:
        return False
    known = (fact.never_replayed, fact.ordered)
    if known != said:
        return False
    return now - fact.at < RAN_FRESH_MS


def _restated_fact(fact: QueueFact) -> dict[str, Any]:
    restated = {"retired": fact.retired, "by": fact.by, "at": fact.at, "offset": fact.offset}
    if fact.never_replayed:
        restated["never_replayed"] = True
    if fact.ordered:
        restated["ordered"] = True
    return restated
