"""Durations as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.durations import BadDuration, seconds_of, told_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("30m", 1_800),
        ("2h", 7_200),
        ("1d", 86_400),
        ("1h30m", 5_400),
        ("1d2h3m4s", 93_784),
        ("90m", 5_400),
        ("0h1s", 1),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert seconds == seconds_of(text)


@pytest.mark.parametrize(
    "text",
    ["", "2", "h", "2 h", "-2h", "2H", "1.5h", "30m2h", "2h2h", "0s", "two hours", "٢h", "9" * 99],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadDuration, match="30m"):
        seconds_of(text)


@given(st.integers(1, 99_999 * 86_400))
def test_a_duration_is_told_as_it_is_read(seconds: int) -> None:
    assert seconds == seconds_of(told_duration(seconds))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    seconds = 1
    with suppress(BadDuration):
        seconds = seconds_of(text)
    assert seconds > 0


def test_less_than_half_a_second_is_told_as_none() -> None:
    assert "0s" == told_duration(0.4)
    assert "0s" == told_duration(-5)
