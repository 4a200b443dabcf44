"""Names for Kubernetes: readable where they can be, short enough always, and no two alike."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.given_names import MAX_NAME as MAX_OURS
from tests.drawing import always_the_same, share_of
from workers.deployment.short_name import MAX_NAME, short_name

NAMES = [
    ("spiffy.erp.orders.create", "spiffy-erp-orders-create"),
    ("spiffy.all.together", "spiffy-all-together"),
    ("spiffy.erp_2.orders._any", "spiffy-erp-2-orders-any-"),
    ("a.b-c.d.e", "a-b-c-d-e-"),
    ("a-b.c.d.e", "a-b-c-d-e-"),
    (f"a.{'x' * 60}.orders.create", f"a-{'x' * 43}-"),
    ("a.c_.orders.create", "a-c-orders-create-"),
]
DNS_LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")

words = st.from_regex(r"[a-z][a-z0-9_-]{0,59}", fullmatch=True)
parts = st.from_regex(r"([a-z0-9][a-z0-9_-]{0,30}|_any)", fullmatch=True)
queues = st.tuples(words, words, parts, parts).map(".".join)


@pytest.mark.parametrize(("name", "begins"), NAMES)
def test_a_name_is_dashed_and_hashed_where_another_could_become_the_same(
    name: str, begins: str
) -> None:
    short = short_name(name)
    assert short.startswith(begins)
    assert len(short) - len(begins) in (0, 8)


@always_the_same(share_of(300))
@given(queues)
def test_every_queues_name_becomes_one_that_kubernetes_and_keda_take(queue: str) -> None:
    short = short_name(queue)
    assert DNS_LABEL.fullmatch(short), short
    assert len(short) <= MAX_NAME
    assert len(f"keda-hpa-{short}") <= 63


@always_the_same(share_of(300))
@given(st.tuples(queues, queues))
def test_two_queues_have_two_names(both: tuple[str, str]) -> None:
    one, other = both
    assert (one == other) == (short_name(one) == short_name(other))


@pytest.mark.parametrize("between", [".", "-", "_", ".-", "-_"])
def test_no_way_to_cut_the_same_letters_meets_another(between: str) -> None:
    names = {f"app.a{cut}b{other}c.d.e" for cut in ".-_" for other in ".-_"}
    names.add(f"app.a{between}b.c.d")
    assert len(names) == len({short_name(name) for name in names})


def test_the_longest_name_of_ours_is_shortened() -> None:
    longest = ".".join(["a" * MAX_OURS, "b" * MAX_OURS, "c" * 59, "d" * 60])
    assert MAX_NAME == len(short_name(longest))
