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

from runtime.amqp.encode import encode_content_header, encode_short_string
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
_METHOD = Struct(">I")
_PUBLISH = Struct(">IH")  # method, reserved
_TAGGED = Struct(">IQB")  # method, delivery tag, bits
_DELIVERED = Struct(">QB")  # delivery tag, redelivered
_ACK_FRAME = Struct(">BHIIQBB")  # a whole frame: head, method, delivery tag, bits, end
_ACK_SIZE = 13

_END = b"\xce"
MANDATORY = b"\x01"
"""What no queue takes comes back."""
OPTIONAL = b"\x00"
"""What no queue takes is confirmed all the same."""


def split(buffer: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, channel, start and end of the payload of each whole frame.

    What is behind the last whole frame has to wait for the rest of it.
    """
    at = 0
    size = len(buffer)
    while size - at >= OVERHEAD:
        kind, channel, length = _HEAD.unpack_from(buffer, at)
        whole = length + OVERHEAD
        has_come = size - at
        if has_come < whole:
            return

        start = at + PAYLOAD_AT
        end = start + length
        yield kind, channel, start, end
        at += whole


def method(buffer: bytes, at: int) -> int:
    """Return class and method of a method frame whose payload starts here, as one number."""
    (number,) = _METHOD.unpack_from(buffer, at)
    return int(number)


def tagged(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `multiple` of an ack or a nack whose payload starts here."""
    _, tag, bits = _TAGGED.unpack_from(buffer, at)
    return tag, bool(bits & 1)


def delivered(buffer: bytes, at: int) -> tuple[int, bool]:
    """Return delivery tag and `redelivered` of a delivery whose payload starts here.

    | method 4 | size 1, consumer tag | delivery tag 8 | redelivered 1 | exchange, routing key |
    """
    size_at = at + _METHOD.size
    consumer_tag_at = size_at + 1
    tag_at = consumer_tag_at + buffer[size_at]
    tag, bits = _DELIVERED.unpack_from(buffer, tag_at)
    return tag, bool(bits & 1)


def routing_key(buffer: bytes, at: int) -> str:
    """Return the routing key of a delivery whose payload starts here, laid out as above."""
    consumer_tag_at = at + _METHOD.size
    delivered_at = _behind(buffer, consumer_tag_at)
    exchange_at = delivered_at + _DELIVERED.size

    key_at = _behind(buffer, exchange_at)
    start = key_at + 1
    end = _behind(buffer, key_at)
    raw = buffer[start:end]
    return raw.decode(errors="replace")


def _behind(buffer: bytes, at: int) -> int:
    """Return where the short string ends that begins here with its size."""
    size = buffer[at]
    return at + 1 + size


def ack(channel: int, tag: int) -> bytes:
    """Return the frame that settles a delivery."""
    return _ACK_FRAME.pack(METHOD, channel, _ACK_SIZE, ACK, tag, 0, 0xCE)


def ack_up_to(channel: int, tag: int) -> bytes:
    """Return the frame that settles a delivery and all before it: a stream's, which loses none."""
    return _ACK_FRAME.pack(METHOD, channel, _ACK_SIZE, ACK, tag, 1, 0xCE)


def publish(channel: int, exchange: str, routing_key: str, bits: bytes = MANDATORY) -> bytes:
    """Return the method frame of a publish.

    Raises ValueError where a name is over 255 bytes.
    """
    # Routing keys are not kept encoded: a topic has one for each bucket.
    beginning = _publish_to(exchange)
    key = encode_short_string(routing_key)
    payload = beginning + key + bits

    head = _HEAD.pack(METHOD, channel, len(payload))
    return head + payload + _END


@lru_cache(maxsize=256)
def _publish_to(exchange: str) -> bytes:
    method = _PUBLISH.pack(PUBLISH, 0)
    return method + encode_short_string(exchange)


def content(
    channel: int, properties: Properties, message_id: str, body: bytes, frame_max: int
) -> bytes:
    """Return the frames of a persistent message: its content header, then its body in pieces.

    No frame is larger than `frame_max`. Raises ValueError where a short string is over 255 bytes,
    or the properties do not fit a frame.
    """
    header = encode_content_header(properties, message_id, len(body))
    size = len(header)
    room = frame_max - OVERHEAD
    if size > room:
        raise ValueError(f"{size} bytes of properties do not fit a frame of {frame_max}")

    head = _HEAD.pack(CONTENT, channel, size)
    frames = [head, header, _END]
    for at in range(0, len(body), room):
        piece = body[at : at + room]
        head = _HEAD.pack(BODY, channel, len(piece))
        frames += (head, piece, _END)
    return b"".join(frames)
