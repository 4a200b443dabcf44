"""What copies of webhooks are published to, and what keeps them."""

import pytest

from schemas.broker_objects import Binding, Destination, Topology
from schemas.copies import (
    NO_COPIES,
    Copies,
    Journal,
    copies_topology,
    tap_topology,
)
from schemas.pulse_topology import whole_topology
from schemas.topic import TopicPattern
from schemas.topology import topology

WEEK = Journal(604_800, 10 * 1024**3)


def names(whole: Topology) -> set[str]:
    """Return what its exchanges and queues are called."""
    return {one.name for one in whole.exchanges} | {one.name for one in whole.queues}


def test_without_a_journal_and_taps_there_is_nothing_of_either() -> None:
    assert Topology((), (), ()) == copies_topology("one", NO_COPIES)
    assert whole_topology("one") == whole_topology("one", copies=NO_COPIES)


@pytest.mark.parametrize("copies", [Copies(WEEK), Copies(taps=True), Copies(WEEK, taps=True)])
def test_nothing_of_them_meets_what_webhooks_go_by(copies: Copies) -> None:
    beside = copies_topology("one", copies)
    webhooks = names(topology("one"))
    assert set() == names(beside) & webhooks
    ends = {end for one in beside.bindings for end in (one.exchange, one.queue)}
    assert ends == names(beside)


def test_a_journal_is_a_stream_of_so_long_and_so_large_behind_the_exchange_of_copies() -> None:
    whole = copies_topology("one", Copies(WEEK))
    assert ["one.in"] == [one.name for one in whole.exchanges]
    (stream,) = whole.queues
    assert ("one.journal", "604800s", 10 * 1024**3) == (
        stream.name,
        stream.arguments["x-max-age"],
        stream.arguments["x-max-length-bytes"],
    )
    assert (Binding("one.in", "one.journal", ""),) == whole.bindings


@pytest.mark.parametrize(
    ("size", "segment"),
    [(10_000_000, 1_000_000), (1_000_000_000, 2_000_000), (1024**4, 500_000_000)],
)
def test_a_part_of_a_journal_is_a_five_hundredth_of_it_within_bounds(
    size: int, segment: int
) -> None:
    (stream,) = copies_topology("one", Copies(Journal(60, size))).queues
    assert segment == stream.arguments["x-stream-max-segment-size-bytes"]


def test_a_tap_gets_its_topics_keeps_them_a_day_and_makes_room_for_newer_ones() -> None:
    taps = copies_topology("one", Copies(taps=True))
    assert (Binding("one.in", "one.tap", "", Destination.EXCHANGE),) == taps.bindings

    tap = tap_topology("one", "ann", TopicPattern.parse("orders/*"))
    (queue,) = tap.queues
    assert ("one.tap.ann", 86_400_000, 10_000) == (
        queue.name,
        queue.arguments["x-expires"],
        queue.arguments["x-max-length"],
    )
    assert (Binding("one.tap", "one.tap.ann", "orders.*.*"),) == tap.bindings
