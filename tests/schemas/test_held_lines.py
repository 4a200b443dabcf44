"""Lines of what is held, as they stand in a beat."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.held_lines import MAX_TEXT, MOST_TOLD, HeldLine, as_written, longest, read

NUMBERS = st.integers(0, 2**53)
TEXTS = st.text(max_size=MAX_TEXT)
LINES = st.builds(
    HeldLine, st.text(min_size=1, max_size=9), *[TEXTS] * 4, NUMBERS, NUMBERS, NUMBERS, NUMBERS
)
LINE = HeldLine("app.erp.orders.create.p3", "a shop", "w1", "orders/create", "busy", 2, 5, 9, 4)


@given(st.lists(LINES, max_size=5))
def test_lines_are_read_as_they_were_written(lines: list[HeldLine]) -> None:
    assert tuple(lines) == read([as_written(line) for line in lines])


@pytest.mark.parametrize(
    "said",
    [None, 7, [], {}, [None, 7, []], [{"queue": 7}], [as_written(LINE) | {"queue": ""}]],
)
def test_what_are_no_lines_is_passed_over(said: Any) -> None:
    assert () == read(said)


def test_a_field_that_nobody_can_read_is_as_if_it_were_left_out() -> None:
    (line,) = read([as_written(LINE) | {"behind": "many", "due_ms": -1, "error": "x" * 999}])
    assert (0, 0, MAX_TEXT) == (line.behind, line.due_ms, len(line.error))


def test_the_longest_lines_are_told_and_of_equals_what_is_due_first() -> None:
    lines = [HeldLine("q", str(n), "", "", "", 1, 0, 900 - n, n % 3) for n in range(MOST_TOLD * 2)]
    told = longest(lines)
    assert MOST_TOLD == len(told)
    assert [(2, 703), (2, 706)] == [(line.behind, line.due_ms) for line in told[:2]]
