"""Where in the journal one begins to look."""

import pytest

from schemas.identity import new_id
from workers.broker.journal import Begin
from workers.operate.journal import _beginning
from workers.sought import Sought

MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("sought", "begin"),
    [
        (Sought(), Begin()),
        (Sought(since_ms=MS), Begin(0, MS)),
        (Sought(after=0), Begin(1)),
        (Sought(after=7, since_ms=MS), Begin(8, MS)),
        (Sought(id="the platform's own"), Begin()),
        (Sought(id=new_id(MS)), Begin(0, MS)),
        (Sought(id=new_id(MS), since_ms=MS + 5), Begin(0, MS + 5)),
    ],
)
def test_it_is_the_latest_place_before_which_nothing_can_be_meant(
    sought: Sought, begin: Begin
) -> None:
    assert begin == _beginning(sought)


def test_the_broker_is_asked_a_minute_early_because_clocks_differ() -> None:
    assert "first" == Begin().at
    assert 8 == Begin(8, MS).at
    at = Begin(0, MS).at
    assert not isinstance(at, int | str)
    assert MS / 1000 - 60 == at.timestamp()
