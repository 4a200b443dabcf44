"""Since when a backlog waits, from look to look."""

from schemas.fleet import Fleet
from schemas.queue_now import QueueNow
from workers.backlogs import Backlogs

NOW = 1_764_000_000_000
NOTHING_HEARD = Fleet()


def heard(since_ms: int) -> Fleet:
    """Return a fleet that knows when a queue was last seen to move."""
    return Fleet(queues={"q": QueueNow(waits_since_ms=since_ms)})


def test_lag_is_what_the_pulse_knows_and_nothing_where_nothing_is_ready() -> None:
    backlogs = Backlogs()
    assert {"q": 7_000} == backlogs.lags_ms({"q": 3}, heard(NOW - 7_000), NOW)
    assert {"q": 0} == backlogs.lags_ms({"q": 0}, heard(NOW - 7_000), NOW)


def test_what_the_pulse_has_forgotten_is_remembered_while_something_waits() -> None:
    backlogs = Backlogs()
    backlogs.lags_ms({"q": 3}, heard(NOW - 7_000), NOW)
    assert [] == backlogs.unknown(["q"])
    assert {"q": 15_000} == backlogs.lags_ms({"q": 3}, NOTHING_HEARD, NOW + 8_000)
    assert {"q": 15_000} == backlogs.lags_ms({"q": 3}, heard(NOW - 9_000), NOW + 8_000)
    assert {"q": 1_000} == backlogs.lags_ms({"q": 3}, heard(NOW + 8_000), NOW + 9_000)


def test_a_queue_that_nobody_ever_moved_waits_since_it_was_first_looked_at() -> None:
    backlogs = Backlogs()
    assert {"q": 0} == backlogs.lags_ms({"q": 3}, NOTHING_HEARD, NOW)
    assert {"q": 9_000} == backlogs.lags_ms({"q": 4}, NOTHING_HEARD, NOW + 9_000)


def test_a_queue_that_was_empty_or_that_another_looked_at_begins_anew() -> None:
    backlogs = Backlogs()
    backlogs.lags_ms({"q": 3}, NOTHING_HEARD, NOW)
    backlogs.lags_ms({"q": 0}, NOTHING_HEARD, NOW + 1_000)
    assert {"q": 0} == backlogs.lags_ms({"q": 3}, NOTHING_HEARD, NOW + 2_000)
    backlogs.forget()
    assert ["q"] == backlogs.unknown(["q"])
