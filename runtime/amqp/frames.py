"""AMQP 0-9-1 frames of the hot methods, as bytes. Pure.

Out go publishes and acks; in come confirms, returned messages and deliveries. The client library
builds objects for each; here what is constant is encoded once, and what comes in is read in place.
Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5 and 4.2.6:

    frame       0      1         3        7           7 + size
                | kind | channel | size   | payload   | 0xCE |
                | 1    | 2       | 4      | size      | 1    |

    a message is a method frame, a content header frame (see `content_header`), and body frames
"""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct

from runtime.amqp.encode import encode_headers, encode_repeated, encode_short_string
from schemas.properties import Properties

# Kinds of frames
METHOD = 1
CONTENT = 2
BODY = 3

# Methods: class and method, two bytes each, as one number
PUBLISH = 0x003C_0028
RETURN = 0x003C_0032
DELIVER = 0x003C_003C
ACK = 0x003C_0050
NACK = 0x003C_0078
BLOCKED = 0x000A_003C
UNBLOCKED = 0x000A_003D

HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
PAYLOAD_AT = 7
OVERHEAD = 8
"""Bytes of a frame beside its payload: what stands before it, and the end."""

_HEAD = Struct(">BHI")  # kind, channel, size
_LONG = Struct(">I")
_LONGLONG = Struct(">Q")
_CONTENT = Struct(">HHQH")  # class, weight, body size, flags
_PUBLISH = Struct(">IH")  # method, reserved
_TAGGED = Struct(">IQB")  # method, delivery tag, bits
_DELIVERED = Struct(">QB")  # delivery tag, redelivered
_ACK_FRAME = Struct(">BHIIQBB")  # a whole frame: head, method, delivery tag, bits, end
_ACK_SIZE = 13

_BASIC = 60
"""The class of all messages."""
_END = b"\xce"
_MANDATORY = b"\x01"
_PERSISTENT = b"\x02"

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


def split(buffer: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, channel, start and end of the payload of each whole frame.

    What is behind the last whole frame has to wait for the rest of it.
    """
    at = 0
    size = len(buffer)
    while size - at >= OVERHEAD:
        kind, channel, length = _HEAD.unpack_from(buffer, at)
        whole = length + OVERHEAD
        if size - at < whole:
            return

        start = at + PAYLOAD_AT
        yield kind, channel, start, start + length
        at += whole


def method(buffer: bytes, at: int) -> int:
    """Return class and method of a method frame whose payload starts here, as one number."""
    return int(_LONG.unpack_from(buffer, at)[0])


def tagged(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `multiple` of an ack or a nack whose payload starts here."""
    _, tag, bits = _TAGGED.unpack_from(buffer, at)
    return tag, bool(bits & 1)


def delivered(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `redelivered` of a delivery whose payload starts here.

    | method 4 | size 1, consumer tag | delivery tag 8 | redelivered 1 | exchange, routing key |
    """
    consumer_tag_size = buffer[at + 4]
    tag, bits = _DELIVERED.unpack_from(buffer, at + 5 + consumer_tag_size)
    return tag, bool(bits & 1)


def ack(channel: int, tag: int) -> bytes:
    """Return the frame that settles a delivery."""
    return _ACK_FRAME.pack(METHOD, channel, _ACK_SIZE, ACK, tag, 0, 0xCE)


def publish(channel: int, exchange: str, routing_key: str) -> bytes:
    """Return the method frame of a mandatory publish.

    Raises ValueError where a name is over 255 bytes.
    """
    # Routing keys are not kept encoded: a topic has one for each bucket.
    payload = _publish_to(exchange) + encode_short_string(routing_key) + _MANDATORY
    return _HEAD.pack(METHOD, channel, len(payload)) + payload + _END


@lru_cache(maxsize=256)
def _publish_to(exchange: str) -> bytes:
    return _PUBLISH.pack(PUBLISH, 0) + encode_short_string(exchange)


def content(
    channel: int, properties: Properties, message_id: str, body: bytes, frame_max: int
) -> bytes:
    """Return the frames of a persistent message: its content header, then its body in pieces.

    No frame is larger than `frame_max`. Raises ValueError where a short string is over 255 bytes,
    or the properties do not fit a frame.
    """
    header = _content_header(properties, message_id, len(body))
    room = frame_max - OVERHEAD
    if len(header) > room:
        raise ValueError(f"{len(header)} bytes of properties do not fit a frame of {frame_max}")

    frames = [_HEAD.pack(CONTENT, channel, len(header)), header, _END]
    for at in range(0, len(body), room):
        piece = body[at : at + room]
        frames += (_HEAD.pack(BODY, channel, len(piece)), piece, _END)
    return b"".join(frames)


def _content_header(properties: Properties, message_id: str, body_size: int) -> bytes:
    form_flags, form = _content_form(properties.content_type, properties.content_encoding)
    origin_flags, origin = _origin(properties.type, properties.app_id)
    flags = _ALWAYS | form_flags | origin_flags

    expiration = b""
    if properties.expiration:
        flags |= _EXPIRATION
        expiration = encode_repeated(properties.expiration)

    timestamp = b""
    if properties.timestamp is not None:
        flags |= _TIMESTAMP
        timestamp = _LONGLONG.pack(properties.timestamp)

    table = encode_headers(properties.headers)
    return b"".join(
        (
            _CONTENT.pack(_BASIC, 0, body_size, flags),
            form,
            _LONG.pack(len(table)),
            table,
            _PERSISTENT,
            expiration,
            encode_short_string(message_id),
            timestamp,
            origin,
        )
    )


@lru_cache(maxsize=4096)
def _content_form(content_type: str | None, content_encoding: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand before the headers."""
    return _present((_CONTENT_TYPE, content_type), (_CONTENT_ENCODING, content_encoding))


@lru_cache(maxsize=4096)
def _origin(kind: str | None, app_id: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand behind the timestamp."""
    return _present((_TYPE, kind), (_APP_ID, app_id))


def _present(*properties: tuple[int, str | None]) -> tuple[int, bytes]:
    """Return the flags and the bytes of those that are there."""
    flags = 0
    raw = b""
    for flag, text in properties:
        if text is not None:
            flags |= flag
            raw += encode_short_string(text)
    return flags, raw
