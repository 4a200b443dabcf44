"""The bar on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.progress import WIDTH, bar


@pytest.mark.parametrize(
    ("count", "filled"), [(0, 0), (1, 0), (50, 1), (250, 5), (999, 19), (1_000, 20), (2_000, 20)]
)
def test_as_much_of_the_bar_is_filled_as_is_done(count: int, filled: int) -> None:
    assert "█" * filled + "░" * (WIDTH - filled) == bar(count, 1_000)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_bar_is_as_wide_however_far_it_is(count: int, total: int) -> None:
    assert WIDTH == len(bar(count, total))
