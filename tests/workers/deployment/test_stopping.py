"""How long a worker may take to end."""

import pytest

from runtime.lifetime import FORCE
from runtime.settings import ProcessSettings
from workers.attempt import GRACE
from workers.deployment.stopping import MAX_DRAIN, SLACK, stopping
from workers.worker import LET_GO, PUT_BACK

TIMES = [
    # longest timeout, HOOKLINE_DRAIN_TIMEOUT; the worker's own, and seconds until SIGKILL
    (30, 25, "55", 30 + 25 + 15),
    (0.5, 25, "25.5", 26 + 15),
    (600, 0, "600", 600 + 15),
    (90.5, 25, "115.5", 116 + 15),
    (86_400 - 25, 25, "86400", 86_400 + 15),
    (1e9, 25, "86400", 86_400 + 15),
]


@pytest.mark.parametrize(("longest", "drain", "setting", "grace"), TIMES)
def test_a_worker_has_its_longest_timeout_the_drain_and_some_slack(
    longest: float, drain: float, setting: str, grace: int
) -> None:
    stop = stopping(longest, drain)
    assert (setting, grace) == (stop.drain_setting, stop.grace)


def test_it_says_how_the_time_comes_about() -> None:
    assert "30 s longest timeout + 25 s drain + 15 s slack" == stopping(30, 25).because
    assert "a day at most" in stopping(1e9, 25).because


def test_the_default_drain_has_room_for_a_handler_that_does_not_let_go_and_for_settling() -> None:
    assert ProcessSettings.model_fields["drain_timeout"].default > GRACE


def test_a_worker_that_does_not_end_ends_itself_by_force_before_it_is_killed() -> None:
    assert FORCE < SLACK
    assert LET_GO + PUT_BACK < FORCE


@pytest.mark.parametrize("drain", [MAX_DRAIN, MAX_DRAIN + 1])
def test_the_drain_is_one_that_the_setting_takes(drain: float) -> None:
    (limit,) = [
        rule.le
        for rule in ProcessSettings.model_fields["drain_timeout"].metadata
        if hasattr(rule, "le")
    ]
    assert limit >= stopping(1, drain).drain
