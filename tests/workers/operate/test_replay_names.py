"""The name of a replay that its operator gave none."""

import pytest

from workers.operate import journal_replay, replay

MS = 1_700_000_000_000


@pytest.mark.parametrize("named", [replay.default_name, journal_replay.default_name])
def test_one_that_begins_later_in_the_same_second_has_another_so_it_takes_what_died_again(
    named: type[str],
) -> None:
    assert named(MS) != named(MS + 1)
    assert named(MS).endswith("2023-11-14T22:13:20.000+00:00")
