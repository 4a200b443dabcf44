"""What is known of the control log, when two read it and it may be made anew."""

from schemas.control import ControlState
from workers.broker.known import KnownControl

NOTHING = ControlState()
OLD = ControlState(next_offset=5)
LATER = ControlState(next_offset=6)
ANEW = ControlState(next_offset=2)
ANEW_LATER = ControlState(next_offset=3)


def knowing(*taken: tuple[ControlState, ControlState]) -> KnownControl:
    """Return what is known after these were taken, each with what was known before."""
    known = KnownControl()
    for state, before in taken:
        known.take(state, before)
    return known


def test_of_two_who_read_the_same_log_who_read_more_is_believed() -> None:
    assert LATER is knowing((OLD, NOTHING), (LATER, OLD), (OLD, NOTHING)).state


def test_a_log_that_tells_of_nothing_takes_nothing_back() -> None:
    assert OLD is knowing((OLD, NOTHING), (NOTHING, OLD)).state


def test_a_log_that_was_made_anew_is_believed_though_it_says_less() -> None:
    assert ANEW is knowing((OLD, NOTHING), (ANEW, OLD)).state


def test_a_second_reader_of_the_new_log_takes_back_nothing_that_the_first_has_read() -> None:
    known = knowing((OLD, NOTHING), (ANEW_LATER, OLD), (ANEW, OLD))
    assert ANEW_LATER is known.state


def test_who_listens_hears_of_each_other_state_once() -> None:
    heard: list[ControlState] = []
    known = KnownControl()
    known.listen(lambda: heard.append(known.state))
    for state in (OLD, OLD, LATER, LATER):
        known.take(state, NOTHING)
    assert [OLD, LATER] == heard
