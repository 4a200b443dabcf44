"""What is written on a message of what became of its webhook before: nothing in it is trusted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import headers as webhook_headers
from workers.marks import MAX_ATTEMPT, Marks, marks_in

NUMBERS = {
    webhook_headers.ATTEMPT: "number",
    webhook_headers.FIRST: "first_ms",
    webhook_headers.DUE: "due_ms",
    webhook_headers.REPLAYED: "renewed_ms",
    webhook_headers.DEFERRED: "deferred",
    webhook_headers.CRASHES: "crashes",
}
TEXTS = {webhook_headers.AGAIN: "again", webhook_headers.RELEASED: "released_by"}
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


def told(**written: Any) -> Marks:
    """Return the marks of a message on which this is written."""
    return Marks()._replace(**written)


@pytest.mark.parametrize(("header", "name"), NUMBERS.items())
@pytest.mark.parametrize("others", [{}, {webhook_headers.ATTEMPT: 1}], ids=["alone", "beside"])
def test_each_number_is_read_where_it_is_one(
    header: str, name: str, others: dict[str, Any]
) -> None:
    assert told(**{name: 7}) == marks_in(others | {header: 7})
    for odd in ("7", 7.0, True, -7, None):
        assert Marks() == marks_in(others | {header: odd})


@pytest.mark.parametrize(("header", "name"), TEXTS.items())
def test_each_text_is_read_where_it_is_one(header: str, name: str) -> None:
    new = {webhook_headers.ATTEMPT: 1}
    assert told(**{name: "INC-7"}) == marks_in(new | {header: "INC-7"})
    assert Marks() == marks_in(new | {header: 7})


def test_a_stub_of_a_consumer_that_halts_no_more_is_a_release() -> None:
    assert marks_in({webhook_headers.ATTEMPT: 1, webhook_headers.HALTED: "w1"}).released_by


@pytest.mark.parametrize(
    ("attempt", "number"),
    [(None, 1), (0, 1), (-1, 1), (3, 3), ("3", 1), (2**46, MAX_ATTEMPT), (True, 1)],
)
def test_an_attempt_is_counted_from_one(attempt: Any, number: int) -> None:
    assert number == marks_in({webhook_headers.ATTEMPT: attempt}).number


@given(st.dictionaries(st.sampled_from([*NUMBERS, *TEXTS, webhook_headers.SHOP]), VALUES))
def test_what_is_read_at_a_glance_is_what_reading_each_header_tells(
    headers: dict[str, Any],
) -> None:
    each = headers if webhook_headers.FIRST in headers else headers | {webhook_headers.FIRST: 0}
    assert marks_in(each) == marks_in(headers)
