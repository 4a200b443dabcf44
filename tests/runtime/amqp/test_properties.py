"""What a copy is published with: all that the original said and that may be said again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.frame import unmarshal

from runtime.amqp import content_header, frames
from runtime.amqp.properties import for_copy
from schemas.headers import MAX_TABLE, kept
from schemas.properties import ReceivedProperties

FRAME_MAX = 131_072
SHORT = st.none() | st.text(min_size=1, max_size=60)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ORIGINALS = st.builds(
    ReceivedProperties,
    content_type=SHORT,
    content_encoding=SHORT,
    headers=st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.integers(0, 2**63 - 1)),
    message_id=st.just("id"),
    timestamp=st.none() | st.integers(0, 2**32 - 1),
    type=SHORT,
    app_id=SHORT,
)


def sent(original: ReceivedProperties, headers: dict[str, Any]) -> bytes:
    """Return the frame that carries a copy's properties."""
    return frames.content(1, for_copy(original, headers), "id", b"", FRAME_MAX)


@given(ORIGINALS)
def test_a_copy_says_what_the_original_said_and_nothing_that_it_did_not(
    original: ReceivedProperties,
) -> None:
    raw = sent(original, original.headers)
    assert original == content_header.read(raw, 7)


@given(ORIGINALS)
def test_the_library_reads_a_copy_as_we_do(original: ReceivedProperties) -> None:
    _, _, message = unmarshal(sent(original, {}))
    told = message.properties  # type: ignore[union-attr]
    assert original.content_type == told.content_type
    assert original.content_encoding == told.content_encoding
    assert original.type == told.message_type
    assert original.app_id == told.app_id
    assert (original.timestamp is None) == (told.timestamp is None)
    assert 2 == told.delivery_mode


@given(st.dictionaries(st.text(max_size=300), ANYTHING, max_size=5))
def test_whatever_a_table_held_what_is_kept_of_it_is_written_and_reads_the_same(
    table: dict[str, Any],
) -> None:
    headers = kept(table)
    raw = sent(ReceivedProperties(), headers)
    assert headers == content_header.read(raw, 7).headers


def test_as_much_as_is_kept_of_a_table_fits_a_frame() -> None:
    headers = kept({f"h{number}": "x" * 1_000 for number in range(200)})
    size = len(sent(ReceivedProperties(), headers))
    assert MAX_TABLE * 0.9 < size < FRAME_MAX


@pytest.mark.parametrize("timestamp", [2**32, 2**64 - 1])
def test_a_time_that_the_library_would_misread_is_not_said_again(timestamp: int) -> None:
    assert for_copy(ReceivedProperties(timestamp=timestamp), {}).timestamp is None
