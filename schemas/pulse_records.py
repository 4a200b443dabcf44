"""Beats of the pulse: writing them down and reading them. Pure.

A beat is a JSON object, deflated. A worker's queues stand in columns, so that no name repeats:

    {"v": 1, "at": ms, "process": id, "role": "worker", "host": …, "version": …, "started": ms,
     "queues": {"name": ["spiffy.erp.orders.create", …], "running": [2, …], "done": [117, …], …}}
    {…, "divides": ["spiffy.erp.orders.create", …]} of a worker that has partitions
    {…, "lines": [{"queue": "spiffy.erp.orders.create.p3", "shop": …, "behind": 2, …}, …]} where
                                                                 ordered ones hold something
    {…, "role": "ingress", "door": {"accepted": 117, …, "topics": {"orders/create": ms},
     "secrets": {"current": {"count": 117, "last_ms": ms, "since_ms": ms}}}}

What is 0 everywhere is left out. Reading takes any bytes: what is no beat is None, a field that is
none of ours is as if it were left out, and a body that would grow beyond MAX_SIZE is not unpacked.
"""

import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import orjson

from schemas import held_lines
from schemas.pulse import Beat, DoorBeat, ProcessKind, QueueBeat, QueueState
from schemas.secret_beats import secret_beats

VERSION = 1
"""Of a beat's form; beats of another are passed over."""
MAX_SIZE = 2 * 1024 * 1024
"""Bytes of a beat before it is deflated, and of what is unpacked of one at most."""
MAX_TEXT = 200
"""Characters of a text in a beat; what is longer is cut."""
MAX_NUMBER = 2**53

_ROLES = [role.value for role in ProcessKind]
_QUEUE_NUMBERS = tuple(one.name for one in fields(QueueBeat) if one.name != "state")
_DOOR_NUMBERS = tuple(one.name for one in fields(DoorBeat) if one.type is int)


def encode(beat: Beat) -> bytes:
    """Return a beat as it stands in the stream."""
    record: dict[str, Any] = {
        "v": VERSION,
        "at": beat.at,
        "process": beat.process,
        "role": beat.role.value,
        "host": beat.host,
        "version": beat.version,
        "started": beat.started,
    }
    if beat.heard:
        record["heard"] = beat.heard
    if beat.divides:
        record["divides"] = beat.divides
    if beat.queues:
        record["queues"] = _columns(beat.queues)
    if beat.lines:
        record["lines"] = [held_lines.as_written(line) for line in beat.lines]

    if beat.door is not None:
        door = asdict(beat.door)
        record["door"] = {name: value for name, value in door.items() if value}
    return zlib.compress(orjson.dumps(record))


def decode(body: bytes) -> Beat | None:
    """Return a beat read from the stream; None where it is none."""
    record = record_of(body)
    return None if record is None else _beat(record)


def decode_head(body: bytes) -> Beat | None:
    """Return the same without door, and of queues only the names, in a tenth of the time."""
    record = record_of(body)
    if record is None:
        return None

    head = _beat({**record, "queues": None, "lines": None, "door": None})
    if head is None:
        return None
    queues = _mapping(record.get("queues"))
    names = _names(queues.get("name"))
    return replace(head, queues=dict.fromkeys(names, QueueBeat()))


def record_of(body: bytes) -> dict[str, Any] | None:
    """Return the fields of a beat as they stand there; None where it is none."""
    try:
        unpacking = zlib.decompressobj()
        raw = unpacking.decompress(body, MAX_SIZE)
        record = orjson.loads(raw)
    except (zlib.error, ValueError):
        return None

    if not isinstance(record, dict) or record.get("v") != VERSION:
        return None
    return record


def _columns(queues: Mapping[str, QueueBeat]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"name": list(queues)}
    for field in _QUEUE_NUMBERS:
        column = [getattr(queue, field) for queue in queues.values()]
        if any(column):
            columns[field] = column

    states = [queue.state.value for queue in queues.values()]
    if set(states) != {QueueState.CONSUMING.value}:
        columns["state"] = states
    return columns


def _beat(record: Mapping[str, Any]) -> Beat | None:
    at = _number(record.get("at"))
    process = _text(record.get("process"))
    role = record.get("role")
    if not at or not process or role not in _ROLES:
        return None

    return Beat(
        at,
        process,
        ProcessKind(role),
        _text(record.get("host")),
        _text(record.get("version")),
        _number(record.get("started")),
        _queues(record.get("queues")),
        _door(record.get("door")),
        _number(record.get("heard")),
        _names(record.get("divides")),
        held_lines.read(record.get("lines")),
    )


def _names(said: object) -> tuple[str, ...]:
    listed = _listed(said)
    return tuple(name for name in listed if isinstance(name, str))


def _queues(said: object) -> dict[str, QueueBeat]:
    columns = _mapping(said)
    names = _listed(columns.get("name"))
    states = _listed(columns.get("state"))
    numbers = {field: _listed(columns.get(field)) for field in _QUEUE_NUMBERS}

    queues: dict[str, QueueBeat] = {}
    for row, name in enumerate(names):
        if not isinstance(name, str):
            continue
        told = {
            field: _number(column[row]) for field, column in numbers.items() if row < len(column)
        }
        state = _state(states[row]) if row < len(states) else QueueState.CONSUMING
        queues[name] = QueueBeat(**told, state=state)
    return queues


def _state(said: object) -> QueueState:
    try:
        return QueueState(said)  # type: ignore[arg-type]  # what it cannot be is an error, as wanted
    except ValueError:
        return QueueState.CONSUMING


def _door(said: object) -> DoorBeat | None:
    if not isinstance(said, dict):
        return None

    numbers = {name: _number(said[name]) for name in _DOOR_NUMBERS if name in said}
    topics = {topic: _number(at) for topic, at in _mapping(said.get("topics")).items()}
    secrets = secret_beats(said.get("secrets"))
    return DoorBeat(**numbers, topics=topics, secrets=secrets)


def _mapping(said: object) -> Mapping[str, Any]:
    if isinstance(said, dict):
        return said
    return {}


def _listed(said: object) -> list[Any]:
    if isinstance(said, list):
        return said
    return []


def _text(said: object) -> str:
    if isinstance(said, str):
        return said[:MAX_TEXT]
    return ""


def _number(said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int):
        return 0
    if 0 <= said <= MAX_NUMBER:
        return said
    return 0
