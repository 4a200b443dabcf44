"""Which letters can be replayed, and may be."""

from schemas.control import ControlState
from schemas.queue_facts import QueueFact
from tests.workers.letters import ONE_TOPIC, PATTERN, UNROUTED, letter, properties
from workers.letter import Letter
from workers.operate.replayable import Replayable

KNOWN = ControlState(
    queues={
        ONE_TOPIC.name: QueueFact("host", 1, 1, never_replayed=True),
        PATTERN.name: QueueFact("host", 1, 1),
    }
)


def test_letters_of_a_consumer_that_declares_never_are_left_alone_and_counted_once() -> None:
    able = Replayable(KNOWN)
    assert [True, False, False, False] == [
        able.takes(one)
        for one in (
            letter(PATTERN),
            letter(webhook_id="w1"),
            letter(webhook_id="w1"),
            letter(webhook_id="w2"),
        )
    ]
    assert ['left alone: 2 of erp, which declares replay="never" (--force)'] == [*able.notices()]


def test_forced_they_are_taken_and_nothing_is_said() -> None:
    able = Replayable(KNOWN, force=True)
    assert able.takes(letter())
    assert [] == [*able.notices()]


def test_an_unrouted_letter_that_no_queue_takes_is_left_alone() -> None:
    able = Replayable(KNOWN)
    home = Letter.of(UNROUTED, properties(), "orders.create.17")
    assert able.takes(home)
    assert {ONE_TOPIC, PATTERN} == set(able.homes(home))

    assert not able.takes(Letter.of(UNROUTED, properties("refunds/create"), "refunds.create.17"))
    assert ["left alone: 1 that no consumer has a queue for"] == [*able.notices()]
