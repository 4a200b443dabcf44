"""Moving buckets: at every step each bucket goes to exactly one partition."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.broker_objects import Binding
from schemas.bucket import DIVISORS
from schemas.bucket_moves import bucket_move
from schemas.layouts import Layout
from schemas.names import WorkQueue
from schemas.work_topology import bucket_bindings, stand_in_bindings

ERP = WorkQueue("spiffy", "erp", "orders.create")
FIRST = "spiffy.erp.orders.create.buckets"
SECOND = "spiffy.erp.orders.create.moved"

counts = st.sampled_from(DIVISORS)
CHANGES = [change for change in product(DIVISORS, DIVISORS) if change[0] != change[1]]


def settled(count: int) -> set[Binding]:
    """Return what is bound while there are so many partitions."""
    return {binding for queue in ERP.split(count) for binding in bucket_bindings(queue)}


def routed(bound: set[Binding], key: str) -> set[str]:
    """Return to which partitions a bucket goes, as the broker would route it."""
    led = [one for one in bound if one.routing_key == key]
    first = {one.queue for one in led if one.exchange == FIRST}
    second = {one.queue for one in led if one.exchange == SECOND}
    return first or second


@given(before=counts, count=counts, data=st.data())
def test_a_bucket_is_never_bound_to_no_partition_and_never_to_two(
    before: int, count: int, data: st.DataObject
) -> None:
    """Whenever it is looked, and wherever it was ended and begun again."""
    move = bucket_move(ERP, Layout(count, before))
    bound = settled(before)
    steps = [(True, one) for one in move.arriving]
    steps += [(False, one) for one in move.departing]
    steps += [(True, one) for one in move.settling]
    steps += [(False, one) for one in move.arriving]
    again = data.draw(st.integers(0, len(steps)), label="ended and begun again after")

    for comes, binding in [*steps[:again], *steps]:
        (bound.add if comes else bound.discard)(binding)
        assert 1 == len(routed(bound, binding.routing_key))
    assert settled(count) == bound


@pytest.mark.parametrize(("before", "count"), CHANGES)
def test_afterwards_retries_come_back_as_if_there_had_always_been_so_many(
    before: int, count: int
) -> None:
    def back(count: int) -> set[Binding]:
        own = {Binding("spiffy.return", queue.name, queue.name) for queue in ERP.split(count)}
        stood_in = {one for queue in ERP.split(count) for one in stand_in_bindings(queue)}
        return own | stood_in

    move = bucket_move(ERP, Layout(count, before))
    assert back(count) == back(before) - set(move.retries_before) | set(move.retries_after)


@pytest.mark.parametrize(("before", "count"), CHANGES)
def test_a_fence_goes_to_each_partition_that_loses_buckets(before: int, count: int) -> None:
    layout = Layout(count, before)
    fenced = {one.queue for one in bucket_move(ERP, layout).fences}
    assert {f"spiffy.erp.orders.create.p{number}" for number in layout.losing} == fenced
