"""On which rung a delay waits."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.ladder import LADDER, rung_for


@given(st.floats(min_value=-10, max_value=86_400))
def test_a_rung_is_never_shorter_than_the_delay_and_the_next_shorter_one_would_be(
    delay: float,
) -> None:
    rung = rung_for(delay)
    assert rung >= delay
    assert all(shorter < delay for shorter in LADDER if shorter < rung)


@given(st.floats(min_value=86_400))
def test_a_delay_beyond_the_ladder_waits_on_its_last_rung(delay: float) -> None:
    assert LADDER[-1] == rung_for(delay)
