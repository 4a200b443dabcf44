"""AMQP 0-9-1 frames of the hot methods, as bytes: publish out, confirms and returns in; deliveries
in, acks out. Pure.

The client library builds objects for each; here what is constant is encoded once, and what comes in
is read in place. Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5 (frames),
4.2.5 (domains), 4.2.6 (content).
"""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct

from schemas.headers import Header
from schemas.webhook import Properties

METHOD, CONTENT, BODY = 1, 2, 3
ACK, NACK, RETURN, DELIVER = 0x003C_0050, 0x003C_0078, 0x003C_0032, 0x003C_003C
BLOCKED, UNBLOCKED = 0x000A_003C, 0x000A_003D
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
OVERHEAD = 8
"""Bytes of a frame beside its payload."""

_HEAD, _LONG, _LONGLONG = Struct(">BHI"), Struct(">I"), Struct(">Q")
_INTEGER, _CONTENT, _PUBLISH = Struct(">cq"), Struct(">HHQH"), Struct(">IH")
_TAGGED, _DELIVERED, _SETTLED = Struct(">IQB"), Struct(">QB"), Struct(">BHIIQBB")
_END, _MANDATORY = b"\xce", b"\x01"
# Bits and order of properties are the specification's.
_CONTENT_TYPE = 0x8000
_CONTENT_ENCODING = 0x4000
_HEADERS = 0x2000
_DELIVERY_MODE = 0x1000
_EXPIRATION = 0x0100
_MESSAGE_ID = 0x0080
_TIMESTAMP = 0x0040
_TYPE = 0x0020
_APP_ID = 0x0008
_ALWAYS = _HEADERS | _DELIVERY_MODE | _MESSAGE_ID
_PERSISTENT = b"\x02"


def split(buffer: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, channel, start and end of the payload of each whole frame; what is behind the
    last has to wait.
    """
    at, size = 0, len(buffer)
    while size - at >= OVERHEAD:
        kind, channel, length = _HEAD.unpack_from(buffer, at)
        if size - at < length + OVERHEAD:
            return
        yield kind, channel, at + 7, at + 7 + length
        at += length + OVERHEAD


def method(buffer: bytes, at: int) -> int:
    """Return class and method of a method frame whose payload starts here, as one number."""
    return int(_LONG.unpack_from(buffer, at)[0])


def tagged(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `multiple` of an ack or a nack whose payload starts here."""
    _, tag, bits = _TAGGED.unpack_from(buffer, at)
    return tag, bool(bits & 1)


def delivered(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `redelivered` of a delivery whose payload starts here.

    | class 2, method 2 | length 1, consumer tag | delivery tag 8 | redelivered 1 | exchange, routing key |
    """
    tag, bits = _DELIVERED.unpack_from(buffer, at + 5 + buffer[at + 4])
    return tag, bool(bits & 1)


def ack(channel: int, tag: int) -> bytes:
    """Return the frame that settles a delivery."""
    return _SETTLED.pack(METHOD, channel, 13, ACK, tag, 0, 0xCE)


def publish(channel: int, exchange: str, routing_key: str) -> bytes:
    """Return the method frame of a mandatory publish; raises ValueError where a name is over 255
    bytes.
    """
    payload = (
        _publish_to(exchange) + _unique(routing_key) + _MANDATORY
    )  # a topic's keys are many: one a bucket
    return _HEAD.pack(METHOD, channel, len(payload)) + payload + _END


@lru_cache(maxsize=256)
def _publish_to(exchange: str) -> bytes:
    return _PUBLISH.pack(0x003C_0028, 0) + _unique(exchange)


def content(
    channel: int, properties: Properties, message_id: str, body: bytes, frame_max: int
) -> bytes:
    """Return the frames of a persistent message: its properties, and its body in pieces that fit
    `frame_max`.

    Raises ValueError where a short string is over 255 bytes or the properties do not fit a frame.
    """
    content_flags, described = _described(properties.content_type, properties.content_encoding)
    origin_flags, origin = _origin(properties.type, properties.app_id)
    flags = _ALWAYS | content_flags | origin_flags
    expiration = b""
    if properties.expiration:
        flags |= _EXPIRATION
        expiration = _short(properties.expiration)
    timestamp = b""
    if properties.timestamp is not None:
        flags |= _TIMESTAMP
        timestamp = _LONGLONG.pack(properties.timestamp)

    table = _table(properties.headers)
    payload = b"".join(
        (
            _CONTENT.pack(60, 0, len(body), flags),
            described,
            _LONG.pack(len(table)),
            table,
            _PERSISTENT,
            expiration,
            _unique(message_id),
            timestamp,
            origin,
        )
    )
    room = frame_max - OVERHEAD
    if len(payload) > room:
        raise ValueError(f"{len(payload)} bytes of properties do not fit a frame of {frame_max}")
    frames = [_HEAD.pack(CONTENT, channel, len(payload)), payload, _END]
    for at in range(0, len(body), room):
        piece = body[at : at + room]
        frames += (_HEAD.pack(BODY, channel, len(piece)), piece, _END)
    return b"".join(frames)


def _unique(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 255:  # noqa: PLR2004 - its length is one byte
        raise ValueError(f"{text[:40]!r}… is over 255 bytes")
    return bytes((len(raw),)) + raw


_short = lru_cache(maxsize=4096)(_unique)


@lru_cache(maxsize=4096)
def _described(content_type: str | None, content_encoding: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand before the headers."""
    return _some((_CONTENT_TYPE, content_type), (_CONTENT_ENCODING, content_encoding))


@lru_cache(maxsize=4096)
def _origin(kind: str | None, app_id: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand behind the timestamp."""
    return _some((_TYPE, kind), (_APP_ID, app_id))


def _some(*properties: tuple[int, str | None]) -> tuple[int, bytes]:
    flags = 0
    raw = b""
    for flag, text in properties:
        if text is not None:
            flags |= flag
            raw += _unique(text)
    return flags, raw


@lru_cache(maxsize=1024)
def _string(name: str) -> bytes:
    return _short(name) + b"S"


def _table(headers: dict[str, Header]) -> bytes:
    pieces: list[bytes] = []
    for name, value in headers.items():
        if isinstance(value, int):
            pieces += (_short(name), _INTEGER.pack(b"l", value))
        else:
            raw = value.encode()
            pieces += (_string(name), _LONG.pack(len(raw)), raw)
    return b"".join(pieces)
