"""The names of a message's headers, and how any header table becomes one that may be published again."""

from collections.abc import Mapping
from typing import Any

Header = str | int
"""Nothing else is written: floats are cut to 32 bit on the wire, other types differ from client to client."""

ID = "webhook-id"
SHOP = "webhook-shop"
RECEIVED = "webhook-received-ms"
SECRET = "webhook-secret"  # noqa: S105 - the header's name
ATTEMPT = "webhook-attempt"
FIRST = "webhook-first-ms"
DUE = "webhook-due-ms"  # on a wait longer than the last rung: when it ends
CONSUMER = "webhook-consumer"
TRACEPARENT = "traceparent"
HTTP = "http-"
REASON = "webhook-reason"
ERROR = "webhook-error"
TRACEBACK = "webhook-traceback"
DIED = "webhook-died-ms"
WORKER = "webhook-worker"
REPLAYS = "webhook-replays"

MAX_TABLE = 48 * 1024
"""Bytes of names and values, at most, that a republished table keeps: the frame that carries it ends at 128 KiB, and
eight are for what a dead letter adds."""

_MAX_INT = 2**63


def text(headers: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return the header where it is a string, else the default."""
    value = headers.get(name)
    return value if isinstance(value, str) else default


def number(headers: Mapping[str, Any], name: str, default: int = 0) -> int:
    """Return the header where it is an integer of zero or more, else the default."""
    value = headers.get(name)
    return value if isinstance(value, int) and value >= 0 else default


def kept(headers: Mapping[str, Any]) -> dict[str, Header]:
    """Return what a republished message keeps of its headers: strings and integers, bounded.

    Gone are the broker's own `x-*` (brokers before 4.0 believe an `x-death` that a client sends, and lose the message)
    and `CC` and `BCC` (routing instructions: a copy would go to whoever they name). Other types are kept as text.
    """
    room, table = MAX_TABLE, {}
    for name, value in headers.items():
        if name.lower().startswith("x-") or name.upper() in ("CC", "BCC"):
            continue
        plain = value if isinstance(value, str) or _is_integer(value) else repr(value)
        room -= len(name) + len(str(plain).encode())
        if room >= 0:
            table[name] = plain
    return table


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_MAX_INT <= value < _MAX_INT
