"""Rates as people write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rate import MOST, UNITS, BadRate, Rate


@pytest.mark.parametrize(
    ("text", "every"),
    [("10/s", 0.1), ("60/m", 1.0), ("1/m", 60.0), ("3600/h", 1.0), ("1/d", 86_400.0)],
)
def test_a_rate_is_so_many_in_a_time_evenly(text: str, every: float) -> None:
    assert every == Rate.parse(text).every


@given(st.integers(1, MOST), st.sampled_from(list(UNITS)))
def test_a_rate_is_read_as_it_was_written(count: int, unit: str) -> None:
    assert Rate(count, unit) == Rate.parse(str(Rate(count, unit)))


@pytest.mark.parametrize(
    "text",
    ["", "60", "60/w", "0/s", "-1/s", "1.5/s", "60 /m", "60/m\n", "²/s", "1000001/s", 60, None],
)
def test_what_is_no_rate_is_refused_with_what_one_looks_like(text: Any) -> None:
    with pytest.raises(BadRate, match="is no rate: write 10/s, 60/m, 5000/h or 10000/d"):
        Rate.parse(text)
