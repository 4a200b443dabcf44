"""Frames of our own making, read by the client library; and the library's, read by us."""

from datetime import UTC, datetime
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import body, commands, frame, header

from runtime.amqp import frames
from schemas.headers import Header
from schemas.properties import Properties
from tests.runtime.amqp.fields import SHORT, TABLE


def read(raw: bytes) -> list[object]:
    """Read frames with the client library."""
    found: list[object] = []
    while raw:
        used, _, one = frame.unmarshal(raw)
        found.append(one)
        raw = raw[used:]
    return found


@given(SHORT, SHORT)
def test_a_publish_reads_as_mandatory_with_exchange_and_key(exchange: str, key: str) -> None:
    (one,) = read(frames.publish(7, exchange, key))
    assert isinstance(one, commands.Basic.Publish)
    assert exchange == one.exchange
    assert key == one.routing_key
    assert one.mandatory
    assert not one.immediate


@given(
    SHORT,
    TABLE,
    SHORT,
    SHORT,
    st.integers(0, 2**32 - 1),
    st.binary(max_size=300),
    st.integers(2_048, 4_096),
)
def test_content_reads_as_it_was_described(
    content_type: str,
    headers: dict[str, Header],
    kind: str,
    app: str,
    timestamp: int,
    payload: bytes,
    limit: int,
) -> None:
    properties = Properties(content_type, kind, app, timestamp, headers)
    told, *pieces = read(frames.content(7, properties, "id-1", payload, limit))

    assert isinstance(told, header.ContentHeader)
    assert len(payload) == told.body_size
    described = told.properties
    assert content_type == (described.content_type or "")
    assert headers == (described.headers or {})
    assert 2 == described.delivery_mode
    assert "id-1" == described.message_id
    assert kind == (described.message_type or "")
    assert app == (described.app_id or "")
    assert datetime.fromtimestamp(timestamp, UTC) == described.timestamp

    bodies = [one for one in pieces if isinstance(one, body.ContentBody)]
    assert payload == b"".join(one.value or b"" for one in bodies)


def test_a_large_body_is_cut_into_frames_that_fit() -> None:
    raw = frames.content(1, Properties("", "", "", 0, {}), "", b"x" * 10_000, 4_096)
    sizes = [end - start + frames.OVERHEAD for _, _, start, end in frames.split(raw)]
    assert [4_096, 4_096, 10_000 - 2 * 4_088 + 8] == sizes[1:]


@pytest.mark.parametrize("multiple", [False, True])
@given(st.integers(0, 2**63 - 1))
def test_acks_are_written_and_read_as_the_library_does(multiple: bool, tag: int) -> None:
    raw = frame.marshal(commands.Basic.Ack(tag, multiple), 3)
    ours = frames.ack_up_to if multiple else frames.ack
    assert ours(3, tag) == raw
    ((kind, channel, start, _),) = frames.split(raw)
    assert (frames.METHOD, 3, frames.ACK) == (kind, channel, frames.method(raw, start))
    assert (tag, multiple) == frames.tagged(raw, start)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.binary(max_size=20)), max_size=5),
    st.data(),
)
def test_frames_are_split_wherever_the_bytes_are_cut(
    sent: list[tuple[int, int, bytes]], data: st.DataObject
) -> None:
    whole = [
        frames._HEAD.pack(kind, channel, len(payload)) + payload + b"\xce"
        for kind, channel, payload in sent
    ]
    raw = b"".join(whole)
    cut = data.draw(st.integers(0, len(raw)))

    found = []
    for kind, channel, start, end in frames.split(raw[:cut]):
        found.append((kind, channel, raw[start:end]))

    ends = accumulate(len(one) for one in whole)
    complete = sum(end <= cut for end in ends)
    assert sent[:complete] == found


@pytest.mark.parametrize("name", ["x" * 256, "ü" * 128])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="over 255 bytes"):
        frames.publish(1, "exchange", name)


def test_properties_that_do_not_fit_a_frame_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        frames.content(1, Properties("", "", "", 0, {"long": "x" * 5_000}), "", b"", 4_096)


@pytest.mark.parametrize("redelivered", [False, True])
@given(SHORT, st.integers(0, 2**63 - 1), SHORT)
def test_a_delivery_is_read_as_the_library_does(
    redelivered: bool, tag: str, number: int, key: str
) -> None:
    raw = frame.marshal(commands.Basic.Deliver(tag, number, redelivered, "exchange", key), 3)
    ((kind, channel, start, _),) = frames.split(raw)
    assert (frames.METHOD, 3, frames.DELIVER) == (kind, channel, frames.method(raw, start))
    assert (number, redelivered) == frames.delivered(raw, start)
    assert key == frames.routing_key(raw, start)
