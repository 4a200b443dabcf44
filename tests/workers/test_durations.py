"""Durations and moments as operators write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.durations import MAX_SECONDS, BadDuration, duration, moment, shown

NOW = 1_800_000_000_000  # 2027-01-15T08:00:00Z
HOUR = 3_600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 2 * HOUR), ("1d12h", 36 * HOUR), ("1w", 168 * HOUR)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert seconds == duration(text)


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2 h", "-2h", "1.5h", "2H", "2y", "0s", "999999999w", "2h\n"]
)
def test_what_is_no_duration_is_refused_with_how_one_looks(text: str) -> None:
    with pytest.raises(BadDuration, match=r"write 90s|ten years"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2h", NOW - 2 * HOUR * 1000),
        ("2027-01-15", NOW - 8 * HOUR * 1000),
        ("2027-01-15T07:00", NOW - HOUR * 1000),
        ("2027-01-15T08:00+01:00", NOW - HOUR * 1000),
        ("2027-01-15T07:59:59Z", NOW - 1000),
        ("07:00", NOW - HOUR * 1000),
        ("07:59:59", NOW - 1000),
        ("09:00", NOW + HOUR * 1000),
    ],
)
def test_a_moment_is_so_long_ago_or_a_time_in_utc_which_is_todays_where_no_day_is_said(
    text: str, ms: int
) -> None:
    assert ms == moment(text, NOW)


@pytest.mark.parametrize("text", ["", "yesterday", "2027-13-01", "3:00", "25:00", "2h ago"])
def test_what_is_no_moment_is_refused_with_how_one_looks(text: str) -> None:
    with pytest.raises(BadDuration, match="two hours ago"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (-5, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (7_500, "2h5m"),
        (7_205, "2h"),
        (129_600, "1d12h"),
        (700_000, "1w1d"),
    ],
)
def test_a_duration_is_shown_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert text == shown(seconds)


@given(st.integers(1, MAX_SECONDS))
def test_what_is_shown_can_be_read_and_is_no_longer(seconds: int) -> None:
    assert 0 <= seconds - duration(shown(seconds)) < max(60, seconds / 7)


@given(st.text())
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(BadDuration):
        assert isinstance(moment(text, NOW), int)
