"""Who counts: one worker, whom everybody finds in the same beats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fleet import DEAD_AFTER_MS
from schemas.pulse import Beat, ProcessKind
from schemas.who_counts import counts_before, who_counts

NOW = 1_764_000_000_000
LATE = NOW - DEAD_AFTER_MS - 1


def beat(process: str, at: int = NOW, role: ProcessKind = ProcessKind.WORKER) -> Beat:
    """Return a beat of a process."""
    return Beat(at, process, role)


CASES: list[tuple[list[Beat], str | None]] = [
    ([], None),
    ([beat("b")], "b"),
    ([beat("b"), beat("a"), beat("c")], "a"),
    ([beat("a", LATE), beat("b"), beat("c")], "b"),
    ([beat("a", NOW - DEAD_AFTER_MS), beat("b")], "a"),
    ([beat("a", LATE), beat("a"), beat("b")], "a"),
    ([beat("a", role=ProcessKind.INGRESS), beat("b")], "b"),
    ([beat("a", NOW + 61_000), beat("b")], "b"),
    ([beat("a", LATE), beat("b", LATE)], None),
]


@pytest.mark.parametrize(
    ("beats", "expected"),
    CASES,
    ids=[
        "no beat",
        "one alone",
        "the lowest name",
        "the lowest is dead",
        "the lowest is nearly dead",
        "an older beat takes nobody's life",
        "an ingress counts nothing",
        "a clock far ahead",
        "all are dead",
    ],
)
def test_the_living_worker_with_the_lowest_name_counts(
    beats: list[Beat], expected: str | None
) -> None:
    assert expected == who_counts(beats, NOW)


PROCESSES = st.sets(st.text("abc:1", min_size=1, max_size=4), min_size=1, max_size=8)
AGES = st.integers(-60_000, DEAD_AFTER_MS)


@given(PROCESSES, st.randoms(use_true_random=False), st.lists(AGES, min_size=8, max_size=8))
def test_of_any_living_processes_that_see_the_same_beats_exactly_one_counts(
    processes: set[str], chance: object, ages: list[int]
) -> None:
    beats = [beat(one, NOW - age) for one, age in zip(sorted(processes), ages, strict=False)]
    chance.shuffle(beats)  # type: ignore[attr-defined]  # a Random
    assert 1 == sum(who_counts(beats, NOW) == one for one in processes)


@given(PROCESSES)
def test_who_reads_only_until_it_knows_better_comes_to_the_same(processes: set[str]) -> None:
    beats = [beat(one) for one in sorted(processes, reverse=True)]
    for process in processes:
        read = []
        for one in beats:
            read.append(one)
            if counts_before(one, process, NOW):
                break
        assert (who_counts(beats, NOW) == process) == (who_counts(read, NOW) == process)


@given(PROCESSES)
def test_where_the_one_that_counts_dies_exactly_one_other_takes_over(processes: set[str]) -> None:
    first = who_counts([beat(one) for one in processes], NOW)
    later = NOW + DEAD_AFTER_MS + 1
    beats = [beat(one, NOW if one == first else later) for one in processes]
    others = processes - {first}
    assert (min(others) if others else None) == who_counts(beats, later)
