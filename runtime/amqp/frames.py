"""AMQP 0-9-1 frames of the hot methods, as bytes. Pure.

Out go publishes and acks; in come confirms, returned messages and deliveries. The client library
builds objects for each; here what is constant is encoded once, and what comes in is read in place.
Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5 (frames)
and 4.2.6 (content); the sizes below are bytes. Short strings: runtime/amqp/encode.py.

    frame               0        1           3          7
                        | kind   | channel   | size     | payload ...  | end mark: 0xCE |
                        | 1      | 2         | 4        | size         | 1              |

    payload of a method 0                    4
                        | class 2, method 2  | arguments ...
"""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct

from runtime.amqp.encode import cached_short, encode_headers, encode_short
from schemas.webhook import Properties

METHOD = 1
CONTENT = 2
BODY = 3
"""Kinds of frames."""

_PUBLISH = 0x003C_0028
RETURN = 0x003C_0032
DELIVER = 0x003C_003C
ACK = 0x003C_0050
NACK = 0x003C_0078
BLOCKED = 0x000A_003C
UNBLOCKED = 0x000A_003D
"""Methods: the number of the class, and the number in the class."""

OVERHEAD = 8
"""Bytes of a frame beside its payload."""
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"

_HEAD = Struct(">BHI")
_HEAD_SIZE = 7
_END_MARK = 0xCE
_END = b"\xce"

_LONG = Struct(">I")
_LONGLONG = Struct(">Q")


def split(buffer: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, channel, start and end of the payload of each whole frame.

    What is behind the last whole frame has to wait for more bytes.
    """
    at = 0
    size = len(buffer)
    while size - at >= OVERHEAD:
        kind, channel, length = _HEAD.unpack_from(buffer, at)
        start = at + _HEAD_SIZE
        end = start + length
        if end >= size:  # the end mark is not there yet
            return

        yield kind, channel, start, end
        at = end + 1


def method(buffer: bytes, at: int) -> int:
    """Return class and method of a method frame whose payload starts here, as one number."""
    return int(_LONG.unpack_from(buffer, at)[0])


# ack and nack: method 4 | delivery tag 8 | bits 1: multiple, ...
_ACK_ARGUMENTS = Struct(">4xQB")
_MULTIPLE = 1


def tagged(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `multiple` of an ack or a nack whose payload starts here."""
    tag, bits = _ACK_ARGUMENTS.unpack_from(buffer, at)
    return tag, bool(bits & _MULTIPLE)


# deliver: method 4 | short string: consumer tag | delivery tag 8 | bits 1: redelivered | ...
_CONSUMER_TAG_SIZE_AT = 4
_DELIVERY_TAG = Struct(">5xQB")
"""Read from as many bytes on as the consumer tag has: skips the method and that tag's size."""
_REDELIVERED = 1


def delivered(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `redelivered` of a delivery whose payload starts here."""
    consumer_tag_size = buffer[at + _CONSUMER_TAG_SIZE_AT]
    tag, bits = _DELIVERY_TAG.unpack_from(buffer, at + consumer_tag_size)
    return tag, bool(bits & _REDELIVERED)


# an ack as a whole frame: head 7 | method 4 | delivery tag 8 | bits 1: none | end mark 1
_ACK_FRAME = Struct(">BHIIQxB")
_ACK_SIZE = 13


def ack(channel: int, tag: int) -> bytes:
    """Return the frame that settles a delivery."""
    return _ACK_FRAME.pack(METHOD, channel, _ACK_SIZE, ACK, tag, _END_MARK)


# publish: method 4 | reserved 2 | short string: exchange | short string: routing key
#          | bits 1: mandatory, ...
_PUBLISH_HEAD = Struct(">IH")
_MANDATORY = b"\x01"


def publish(channel: int, exchange: str, routing_key: str) -> bytes:
    """Return the method frame of a mandatory publish.

    Raises ValueError where a name is over 255 bytes.
    """
    # A topic has many routing keys, one for each bucket: caching them does not pay.
    payload = _publish_to(exchange) + encode_short(routing_key) + _MANDATORY
    return _HEAD.pack(METHOD, channel, len(payload)) + payload + _END


@lru_cache(maxsize=256)
def _publish_to(exchange: str) -> bytes:
    return _PUBLISH_HEAD.pack(_PUBLISH, 0) + encode_short(exchange)


# content header: class 2 | weight 2 | body size 8 | flags 2 | a value for each flag
# values: short string: content type | size 4 | headers ... | delivery mode 1
#         | short string: expiration | short string: message id | timestamp 8
#         | short string: type | short string: app id
_CONTENT_HEAD = Struct(">HHQH")
_BASIC = 60
_FLAGS = (
    0x8000  # content type
    | 0x2000  # headers
    | 0x1000  # delivery mode
    | 0x0080  # message id
    | 0x0040  # timestamp
    | 0x0020  # type
    | 0x0008  # app id
)
_EXPIRATION = 0x0100
_PERSISTENT = b"\x02"


def content(
    channel: int, properties: Properties, message_id: str, body: bytes, frame_max: int
) -> bytes:
    """Return the frames of a persistent message: its properties, then its body in pieces.

    No frame is over `frame_max` bytes. Raises ValueError where a short string is over 255 bytes or
    the properties do not fit a frame.
    """
    flags = _FLAGS
    expiration = b""
    if properties.expiration:
        flags |= _EXPIRATION
        expiration = cached_short(properties.expiration)

    headers = encode_headers(properties.headers)
    payload = b"".join(
        (
            _CONTENT_HEAD.pack(_BASIC, 0, len(body), flags),
            cached_short(properties.content_type),
            _LONG.pack(len(headers)),
            headers,
            _PERSISTENT,
            expiration,
            encode_short(message_id),
            _LONGLONG.pack(properties.timestamp),
            cached_short(properties.type),
            cached_short(properties.app_id),
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
