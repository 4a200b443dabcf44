"""Ids of our own, for webhooks whose platform sends none."""

import subprocess
import sys
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import new_id, received_in


@given(st.integers(0, 2**48 - 1))
def test_an_id_is_a_uuid_of_version_7_that_tells_when(received_ms: int) -> None:
    identity = UUID(new_id(received_ms))
    assert (7, RFC_4122) == (identity.version, identity.variant)
    assert received_ms == identity.int >> 80


def test_each_acceptance_has_an_id_of_its_own_even_within_a_millisecond() -> None:
    ids = [new_id(1_764_000_000_000) for _ in range(10_000)]
    assert len(ids) == len(set(ids))


@given(st.lists(st.integers(0, 2**48 - 1), unique=True, max_size=20))
def test_ids_sort_by_the_time_of_receipt(times: list[int]) -> None:
    assert sorted(times) == [UUID(identity).int >> 80 for identity in sorted(map(new_id, times))]


MAKE = "print(*[new_id(7) for _ in range(500)])"
FORK = "new_id(7); child = os.fork(); child and os.waitpid(child, 0)"


def printed_by(*steps: str) -> list[str]:
    """Return the ids that a Python of its own prints."""
    program = "\n".join(["import os", "from schemas.identity import new_id", *steps])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout.decode().split()


def test_two_processes_make_no_id_twice() -> None:
    ids = printed_by(MAKE) + printed_by(MAKE)
    assert 1000 == len(ids) == len(set(ids))


def test_neither_do_two_of_which_one_was_forked_from_the_other() -> None:
    ids = printed_by(FORK, MAKE)
    assert 1000 == len(ids) == len(set(ids))


@given(st.integers(0, 2**48 - 1))
def test_an_id_tells_when_its_webhook_was_received(received_ms: int) -> None:
    assert received_ms == received_in(new_id(received_ms))


@pytest.mark.parametrize(
    "other",
    [
        "",
        "b-1",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "00000000-0007-7000-a960-3d894beb71e6x",
    ],
)
def test_an_id_of_another_form_tells_nothing(other: str) -> None:
    assert 0 == received_in(other)
