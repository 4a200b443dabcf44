"""The names of a message's headers, how one is read, and what of a table is published again."""

from collections.abc import Mapping
from typing import Any

Header = str | int
"""Nothing else is written: floats are cut to 32 bit on the wire, other types differ from client to
client.
"""

ID = "webhook-id"
SHOP = "webhook-shop"
RECEIVED = "webhook-received-ms"
SECRET = "webhook-secret"  # noqa: S105 - the header's name
ATTEMPT = "webhook-attempt"
FIRST = "webhook-first-ms"
WAITING = "webhook-waiting-ms"  # on a rung: since when
DUE = "webhook-due-ms"  # on a wait longer than the last rung: when it ends
CRASHES = "webhook-crashes"  # how often a worker died under it, on what goes round because of that
DEFERRED = "webhook-deferred"  # how often in a row a limit has put it off
CONSUMER = "webhook-consumer"
TRACEPARENT = "traceparent"
PREVIOUS = "webhook-previous-traceparent"  # the span of the attempt before
HTTP = "http-"
REASON = "webhook-reason"
ERROR = "webhook-error"
TRACEBACK = "webhook-traceback"
DIED = "webhook-died-ms"
WORKER = "webhook-worker"
REPLAYS = "webhook-replays"
FINGERPRINT = "webhook-fingerprint"  # the same where the same went wrong at the same place
FIRST_DIED = "webhook-first-died-ms"  # survives replays, as the two below
REPLAY = "webhook-replay"  # the name that an operator gave to the last replay
REPLAYED = "webhook-replayed-ms"
AGAIN = "webhook-again"  # the replay, by name, whose runs pass the claims of runs before it
ADOPTED = "webhook-adopted"  # how often it was taken from unrouted to its queue by name

HELD_OF = "webhook-held-of"  # on a held copy: of which message of the partition it is
HELD_PLACE = "webhook-held-place"  # its place among all that are held of the partition
HELD_TURN = "webhook-held-turn"  # how often it was copied so far
HELD_MARK = "webhook-held-mark"  # on what marks the end of what is held: who reads it

HALTS = "webhook-halts"  # on a dead letter: the partition where its shop's sequence waits for it
HALTED = "webhook-halted"  # on what keeps its place there: the id of the webhook that is dead
RELEASED = "webhook-released"  # on what ends that wait: who dropped the letter

OF_HELD = frozenset({HELD_OF, HELD_PLACE, HELD_TURN, HALTS, HALTED, RELEASED})
"""What is true only where it is held."""

PASSING = OF_HELD | {WAITING, DUE, CRASHES, DEFERRED, ADOPTED}
"""What is true of one copy only, and gone with the next."""

UNTIL_DEATH = frozenset({AGAIN})
"""What is true of every copy until the webhook dies, and of no copy after that."""

MAX_TABLE = 48 * 1024
"""Bytes on the wire, at most, of what a republished table keeps: the frame that carries it ends at
128 KiB, and eight are for what a dead letter adds.
"""

MAX_HEADER_NAME = 128
"""Bytes of a header's name: AMQP's own limit, at which the client cuts without asking."""

MAX_NUMBER = 2**47
"""No number of ours is as large: times are milliseconds, and this is the year 6429, which datetime
holds.
"""

_MAX_INT = 2**63
_OVERHEAD = 6  # bytes that a header takes besides, at most: two lengths and a type


def text(headers: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return the header where it is a string, else the default."""
    value = headers.get(name)
    if isinstance(value, str):
        return value
    return default


def number(headers: Mapping[str, Any], name: str, default: int = 0) -> int:
    """Return the header where it is an integer that we may have written, else the default.

    We write zero or more.
    """
    value = headers.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return default
    if 0 <= value < MAX_NUMBER:
        return value
    return default


def kept(headers: Mapping[str, Any]) -> dict[str, Header]:
    """Return what a republished message keeps of its headers: texts and integers, in bounds.

    Gone are the broker's own `x-*` (brokers before 4.0 believe an `x-death` that a client sends,
    and lose the message) and `CC` and `BCC` (routing instructions: a copy would go to whoever they
    name). Other types are kept as text.
    """
    table: dict[str, Header] = {}
    room = MAX_TABLE
    for name, value in headers.items():
        if name.lower().startswith("x-"):
            continue
        if name.upper() in ("CC", "BCC"):
            continue

        plain = value
        if not isinstance(value, str) and not _is_integer(value):
            plain = repr(value)

        short = name.encode()[:MAX_HEADER_NAME]
        text = str(plain).encode()
        room -= len(short) + len(text) + _OVERHEAD
        if room >= 0:
            short_name = short.decode(errors="ignore")
            table[short_name] = plain
    return table


def carried(headers: Mapping[str, Any], *, dies: bool) -> dict[str, Header]:
    """Return what a copy of a message has of its headers, be it that the webhook dies by it."""
    gone = PASSING | UNTIL_DEATH if dies else PASSING
    return {name: value for name, value in kept(headers).items() if name not in gone}


def _is_integer(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return -_MAX_INT <= value < _MAX_INT
