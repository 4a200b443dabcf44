"""How far a command is, on one line of a terminal."""

import pytest

from workers.commands.progress import drawn

LINES = [
    ((0, None, 0), "0 replayed, 0 a second"),
    ((120, None, 2.0), "120 replayed, 60 a second"),
    ((5, 0, 1.0), "5 replayed, 5 a second"),
    ((250, 1_000, 5.0), "█████░░░░░░░░░░░░░░░ 250 of 1000 replayed, 50 a second, 15s left"),
    ((10, 10, 1.0), "████████████████████ 10 of 10 replayed, 10 a second, 0s left"),
    ((11, 10, 1.0), "████████████████████ 11 of 10 replayed, 11 a second, 0s left"),
]


@pytest.mark.parametrize(("so_far", "line"), LINES)
def test_it_says_how_many_of_how_many_how_fast_and_how_long_still(
    so_far: tuple[int, int | None, float], line: str
) -> None:
    assert line == drawn("replayed", *so_far)
