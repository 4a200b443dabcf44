"""What an operator fills in to have letters moved: understood, or refused by name."""

import pytest

from workers.console.wishes import VERBS, BadWish, wish_of

NOW = 1_764_000_000_000
REPLAY = VERBS["replay"]


def test_what_is_left_out_is_as_the_command_has_it() -> None:
    wish = wish_of(REPLAY, {"q": "consumer:erp"}, NOW)
    wish.check()
    assert ("dead", 50.0, None, "", None) == (
        wish.of,
        wish.rate,
        wish.ramp_wait,
        wish.name,
        wish.limit,
    )
    assert (False, False, False) == (wish.force, wish.again, wish.for_good)


def test_what_is_filled_in_counts() -> None:
    form = {
        "q": "group:1f2e3d4c",
        "rate": "0.5",
        "ramp": "1",
        "ramp_wait": "2m",
        "name": "INC-1",
        "limit": "7",
        "force": "1",
    }
    wish = wish_of(REPLAY, form, NOW)
    assert (0.5, 120.0, "INC-1", 7, True) == (
        wish.rate,
        wish.ramp_wait,
        wish.name,
        wish.limit,
        wish.force,
    )


def test_times_count_from_when_the_dialog_was_opened() -> None:
    opened = NOW - 600_000
    wish = wish_of(REPLAY, {"q": "since:1h", "at": str(opened)}, NOW)
    assert opened - 3_600_000 == wish.box.filter.since_ms
    endless = wish_of(REPLAY, {"q": "since:1h", "at": "9" * 5_000}, NOW)
    assert NOW - 3_600_000 == endless.box.filter.since_ms
    ahead = wish_of(REPLAY, {"q": "since:1h", "at": str(NOW + 9)}, NOW)
    assert NOW - 3_600_000 == ahead.box.filter.since_ms


@pytest.mark.parametrize("text", ["", "  "])
def test_without_a_filter_it_must_be_said_that_all_are_meant(text: str) -> None:
    with pytest.raises(BadWish, match="really all"):
        wish_of(REPLAY, {"q": text}, NOW).check()
    wish_of(REPLAY, {"q": text, "all": "1"}, NOW).check()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"rate": "0"}, "Rate: a number"),
        ({"rate": "nan"}, "Rate: a number"),
        ({"rate": "fast"}, "Rate: a number"),
        ({"ramp": "1", "ramp_wait": "soon"}, "Ramp: 'soon' is no duration"),
        ({"name": "x" * 81}, "Name: 80 printable"),
        ({"name": "a\x1b[2J"}, "Name: 80 printable"),
        ({"limit": "0"}, "At most: a number"),
        ({"limit": "-1"}, "At most: a number"),
        ({"limit": "9" * 5_000}, "At most: a number"),
        ({"of": "waiting"}, "Replay is not for what is waiting"),
    ],
)
def test_what_cannot_be_meant_is_told(form: dict[str, str], told: str) -> None:
    with pytest.raises(BadWish, match=told):
        wish_of(REPLAY, form, NOW)


def test_a_filter_that_cannot_be_read_moves_nothing() -> None:
    with pytest.raises(BadWish, match="colour: is nothing to filter by"):
        wish_of(REPLAY, {"q": "colour:red", "all": "1"}, NOW).check()
