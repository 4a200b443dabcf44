"""Who lives, as one worker hears it: by its own clock, and not while it is deaf."""

import pytest

from schemas.pulse import Beat, ProcessKind, QueueBeat
from workers.roll import DEAF_AFTER, GONE_AFTER, LONGEST_PAUSE, Roll

ERP = "spiffy.erp.orders.create"
MAIL = "spiffy.mail.orders.create"


def beat(process: str, *divides: str) -> Beat:
    """Return a worker's beat."""
    return Beat(1, process, ProcessKind.WORKER, divides=divides)


def living(roll: Roll, now: float, whole: str = ERP) -> set[str]:
    """Return who takes part then."""
    workers = roll.workers(whole, now)
    assert workers is not None
    return set(workers)


def heard(*beats: tuple[str, float]) -> Roll:
    """Return the roll of `me`, who began to listen at 0, after beats of these at these times."""
    roll = Roll("me")
    roll.listen(0.0)
    for process, at in beats:
        roll.hear(beat(process, ERP), at)
    return roll


def test_who_is_not_heard_for_a_while_is_gone() -> None:
    roll = heard(("other", 1.0), ("me", 5.0), ("me", 10.0))
    assert {"me", "other"} == living(roll, 1.0 + GONE_AFTER)
    assert {"me"} == living(roll, 1.1 + GONE_AFTER)


def test_a_worker_is_counted_only_with_what_it_divides() -> None:
    roll = heard(("me", 1.0))
    assert roll.hear(beat("other", MAIL), 1.0)
    assert ({"me"}, {"other"}) == (living(roll, 2.0), living(roll, 2.0, MAIL))


def test_a_worker_runs_the_consumers_of_its_queues() -> None:
    roll = heard(("me", 1.0))
    queues = dict.fromkeys((f"{ERP}.p3", "not a queue"), QueueBeat())
    assert roll.hear(Beat(1, "other", ProcessKind.WORKER, queues=queues), 1.0)
    assert ({"other"}, set()) == (living(roll, 2.0, "erp"), living(roll, 2.0, "mail"))


def test_it_hears_itself_from_its_own_first_beat_on() -> None:
    roll = heard(("other", 1.0))
    assert not roll.hears_itself
    roll.hear(beat("me"), 1.0)
    assert roll.hears_itself


def test_one_that_ends_in_order_says_so_and_is_gone_at_once() -> None:
    roll = heard(("me", 1.0), ("other", 1.0))
    assert roll.hear(beat("other"), 2.0)
    assert {"me"} == living(roll, 2.0)


def test_the_same_again_is_nothing_new() -> None:
    roll = heard(("other", 1.0))
    assert not roll.hear(beat("other", ERP), 2.0)


def test_an_ingress_divides_nothing() -> None:
    assert not heard().hear(Beat(1, "door", ProcessKind.INGRESS, divides=(ERP,)), 1.0)


def test_an_older_beat_does_not_bring_back_who_has_ended() -> None:
    roll = heard(("me", 5.0))
    roll.hear(beat("other"), 5.0)
    assert not roll.hear(beat("other", ERP), 4.0)
    assert {"me"} == living(roll, 5.0)


def test_while_it_does_not_hear_itself_nobody_is_gone() -> None:
    roll = heard(("me", 1.0), ("other", 1.0))
    assert LONGEST_PAUSE < GONE_AFTER < DEAF_AFTER
    assert {"me", "other"} == living(roll, DEAF_AFTER)


def test_once_it_has_been_deaf_for_long_nobody_can_tell() -> None:
    roll = heard(("me", 1.0), ("other", 15.0))
    assert roll.workers(ERP, 1.1 + DEAF_AFTER) is None


@pytest.mark.parametrize("at", [0.5, 5.0])
def test_before_its_own_first_beat_it_takes_no_part(at: float) -> None:
    assert {"other"} == living(heard(("other", 0.5)), at)
