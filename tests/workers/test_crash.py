"""Webhooks whose worker died under them: how crashes are counted, and what becomes of a webhook
without a run.
"""

from typing import Any

import pytest

from schemas.dead_letter import Reason
from workers.crash import LIMIT, ROUND, SUSPECT, Crashes, crashes, decide
from workers.outcome import Aside, Dead


@pytest.mark.parametrize(
    ("noted", "delivered", "excused", "counted"),
    [
        (0, None, None, Crashes(0, 0)),
        (0, 1, 0, Crashes(0, 1)),
        (2, None, None, Crashes(2, 0)),
        (2, 1, 0, Crashes(2, 1)),
        (0, "one", 0, Crashes(0, 0)),
        (0, 3, 2, Crashes(0, 1)),
        (0, 3, 7, Crashes(0, 0)),
        (0, 3, None, Crashes(0, 0)),
    ],
    ids=[
        "none",
        "seen",
        "noted",
        "both",
        "no number",
        "links lost here",
        "more links lost",
        "forged by a publisher",
    ],
)
def test_crashes_are_those_noted_and_the_returns_since_that_no_lost_link_of_ours_excuses(
    noted: int, delivered: Any, excused: int | None, counted: Crashes
) -> None:
    assert counted == crashes(noted, {"x-delivery-count": delivered}, excused)


@pytest.mark.parametrize(
    ("counted", "suspect_runs", "outcome"),
    [
        (Crashes(0, 0), True, None),
        (Crashes(0, 1), True, None),
        (Crashes(0, SUSPECT), False, Aside(ROUND / 2, SUSPECT)),
        (Crashes(SUSPECT, 0), False, None),
        (Crashes(SUSPECT, 0), True, Aside(ROUND / 2, SUSPECT)),
        (Crashes(3, 1), False, Aside(ROUND * 4 / 2, 4)),
    ],
    ids=["fresh", "back once", "back twice", "its turn", "another's turn", "back from its turn"],
)
def test_a_suspect_goes_round_until_it_is_its_turn(
    counted: Crashes,
    suspect_runs: bool,
    outcome: Aside | None,
) -> None:
    assert outcome == decide(counted, 0.5, suspect_runs=suspect_runs)


@pytest.mark.parametrize("counted", [Crashes(LIMIT, 0), Crashes(LIMIT - 1, 1), Crashes(0, 20)])
def test_after_so_many_crashes_it_is_dead(counted: Crashes) -> None:
    outcome = decide(counted, 0.5, suspect_runs=False)
    assert isinstance(outcome, Dead)
    assert (Reason.CRASHED, True) == (outcome.reason, f"{counted.count} times" in outcome.error)


@pytest.mark.parametrize("count", range(SUSPECT, LIMIT))
def test_suspects_of_one_crash_are_spread_over_a_time_that_doubles(count: int) -> None:
    soonest, latest = (decide(Crashes(0, count), spread, suspect_runs=False) for spread in (0, 1))
    assert (Aside(0, count), Aside(ROUND * 2 ** (count - SUSPECT), count)) == (soonest, latest)
