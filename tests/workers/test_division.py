"""Dividing partitions among workers: fair within one, and steady while workers come and go."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bucket import DIVISORS
from workers.division import divide

WHOLE = "spiffy.erp.orders.create"
CREW = [f"host:{number}:abcdef" for number in range(4)]

counts = st.sampled_from(DIVISORS)
crews = st.sets(st.text(min_size=1, max_size=12), min_size=1, max_size=20)


def moved(before: list[str], after: list[str], count: int) -> int:
    """Count the partitions that another worker has afterwards, though theirs still lives."""
    old = divide(WHOLE, range(count), before)
    new = divide(WHOLE, range(count), after)
    return sum(old[number] != new[number] and old[number] in after for number in range(count))


@given(count=counts, crew=crews)
def test_every_partition_has_a_worker_and_no_worker_has_two_more_than_another(
    count: int, crew: set[str]
) -> None:
    owners = divide(WHOLE, range(count), crew)
    has = Counter(owners.values())
    loads = [has[worker] for worker in crew]
    assert set(range(count)) == owners.keys()
    assert max(loads) - min(loads) <= 1


@given(count=counts, crew=crews, data=st.data())
def test_all_come_to_the_same_division_in_whatever_order_they_know_each_other(
    count: int, crew: set[str], data: st.DataObject
) -> None:
    known = sorted(crew)
    elsewhere = data.draw(st.permutations(known))
    assert divide(WHOLE, range(count), known) == divide(WHOLE, range(count), elsewhere)


@pytest.mark.parametrize(("count", "workers", "each"), [(8, 4, 2), (16, 4, 4), (64, 4, 16)])
def test_what_can_be_divided_evenly_is(count: int, workers: int, each: int) -> None:
    has = Counter(divide(WHOLE, range(count), CREW[:workers]).values())
    assert [each] * workers == list(has.values())


def test_where_nobody_lives_nobody_has_any() -> None:
    assert {} == divide(WHOLE, range(8), [])


@pytest.mark.parametrize("count", [8, 16, 64])
def test_where_one_goes_the_others_keep_most_of_theirs(count: int) -> None:
    """At random, two thirds of what the others have would move."""
    teams = [[f"{team}:{number}" for number in range(4)] for team in range(50)]
    lost = [moved(team, team[1:], count) for team in teams]
    assert sum(lost) < len(lost) * count * 3 / 4 / 3


@pytest.mark.parametrize("count", [8, 16, 64])
def test_one_that_comes_takes_its_part_and_the_others_keep_most_of_theirs(count: int) -> None:
    teams = [[f"{team}:{number}" for number in range(5)] for team in range(50)]
    lost = [moved(team[1:], team, count) for team in teams]
    assert sum(lost) < len(lost) * count / 2
