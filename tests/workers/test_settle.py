"""Settling: the copy is confirmed, then the original acked, then it is told; and nothing of it
twice.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from time import time
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from schemas.dead_letter import Reason
from schemas.names import WorkQueue
from tests.workers.fakes import QUEUE, FakeChannel, FakePublisher, run
from workers.broker.settle import Settler
from workers.broker.telling import HALTS, TOLD, Released
from workers.broker.under_way import UnderWay
from workers.line import Seat
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate, Outcome
from workers.seats import is_stub
from workers.telemetry import LAST_SETTLED, labels_of

LETTER = Dead(Reason.REJECTED, "Reject: no", "Traceback …")
OUTCOMES: list[tuple[Outcome, str, str]] = [
    (Again(5, "busy"), "app.retry.5s", "delivery.retried"),
    (Deferred(3, "Later: no stock"), "app.retry.5s", "delivery.deferred"),
    (Deferred(3, "Limited", 2, 4), "app.retry.5s", "delivery.deferred"),
    (Aside(3, 2), "app.retry.5s", "delivery.aside"),
    (LETTER, "app.dead", "delivery.dead"),
]


class Story:
    """A settler, and what came of it."""

    def __init__(self) -> None:
        self.journal: list[Any] = []
        self.channel = FakeChannel(self.journal)
        self.publisher = FakePublisher(self.journal)
        self.mended = 0
        self.settle = Settler(self.publisher.publisher, self._mend).settle

    async def _mend(self) -> None:
        self.mended += 1


@pytest.fixture
def story() -> Story:
    """A new story."""
    return Story()


@pytest.fixture
def told() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged."""
    with capture_logs() as events:
        yield events


async def test_what_is_done_is_acked_and_told(story: Story, told: list[Any]) -> None:
    assert None is await story.settle(run(story.channel), Done())
    assert [("ack", 1)] == story.journal
    assert ["delivery.done"] == [event["event"] for event in told]


async def test_the_metrics_say_when_a_queues_delivery_was_settled_last(story: Story) -> None:
    before = time()
    await story.settle(run(story.channel), LETTER)
    of = dict(zip(("app", "consumer", "topic", "partition"), labels_of(QUEUE), strict=True))
    (sample,) = [
        sample
        for family in LAST_SETTLED.collect()
        for sample in family.samples
        if sample.labels == of
    ]
    assert before <= sample.value <= time()


@pytest.mark.parametrize(("outcome", "exchange", "event"), OUTCOMES)
async def test_a_copy_is_confirmed_before_the_original_is_acked(
    story: Story, told: list[Any], outcome: Outcome, exchange: str, event: str
) -> None:
    assert None is await story.settle(run(story.channel), outcome)
    assert [("publish", exchange, b"{}"), ("ack", 1)] == story.journal
    assert [event] == [one["event"] for one in told]


@pytest.mark.parametrize("outcome", [Done(), *(outcome for outcome, _, _ in OUTCOMES)])
async def test_a_log_line_that_raises_keeps_no_message_from_being_settled(
    story: Story, outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> Any:
        raise TypeError("str is not valid UTF-8: surrogates not allowed")

    structlog.configure(processors=[fail])
    try:
        assert None is await story.settle(run(story.channel), outcome)
    finally:
        structlog.reset_defaults()
    assert ("ack", 1) == story.journal[-1]
    assert "delivery.not_told: TypeError" in capsys.readouterr().err


async def test_a_copy_that_finds_no_place_is_published_until_it_does(
    story: Story, told: list[Any]
) -> None:
    story.publisher.failures = 2
    assert None is await story.settle(run(story.channel), LETTER)
    assert [("publish", "app.dead", b"{}"), ("ack", 1)] == story.journal
    assert 2 == story.mended
    assert ["delivery.not_published", "delivery.dead"] == [event["event"] for event in told]


@pytest.mark.parametrize("outcome", [Done(), *(outcome for outcome, _, _ in OUTCOMES)])
async def test_an_outcome_whose_message_was_taken_back_is_owed_and_not_told_yet(
    story: Story, told: list[Any], outcome: Outcome
) -> None:
    story.channel.is_closed = True
    assert outcome == await story.settle(run(story.channel), outcome)
    assert [] == story.journal
    assert [] == told


def halting(story: Story) -> UnderWay:
    """Return a run whose place is kept."""
    partition = WorkQueue("app", "erp", "orders.create", 3, 8, ordered=True)
    one = replace(run(story.channel), queue=partition)
    one.seat = Seat("m1:2:w1", 7, 2)
    return one


async def test_what_dies_where_it_halts_leaves_a_letter_then_a_stub_then_it_is_acked(
    story: Story, told: list[Any]
) -> None:
    assert None is await story.settle(halting(story), LETTER)
    expected = [("publish", "app.dead", b"{}"), ("publish", "app.return", b""), ("ack", 1)]
    assert expected == story.journal
    assert ["delivery.dead", "sequence.halted"] == [one["event"] for one in told]

    letter, stub = (one.headers for one in story.publisher.published)
    place = {"webhook-held-of": "m1:2:w1", "webhook-held-place": 7, "webhook-held-turn": 2}
    assert place | {"webhook-halts": "app.erp.orders.create.p3"} == {
        name: letter[name] for name in (*place, "webhook-halts")
    }
    whose = {"webhook-id": "w1", "webhook-shop": "a shop", "webhook-halted": "w1"}
    assert place | whose == {name: stub[name] for name in (*place, *whose)}
    assert (True, False) == (is_stub(stub), is_stub(letter))


async def test_what_died_and_lost_its_channel_before_its_stub_owes_that_alone(
    story: Story, told: list[Any]
) -> None:
    first = halting(story)
    publish = story.publisher.publish

    async def publish_and_lose(*arguments: Any) -> None:
        await publish(*arguments)
        story.channel.is_closed = True

    story.publisher.publish = publish_and_lose  # type: ignore[method-assign, assignment]  # fails
    assert HALTS == await story.settle(first, LETTER)
    story.publisher.publish = publish  # type: ignore[method-assign]  # as it was
    story.channel.is_closed = False
    assert None is await story.settle(first, HALTS)
    expected = [("publish", "app.dead", b"{}"), ("publish", "app.return", b""), ("ack", 1)]
    assert expected == story.journal
    assert ["delivery.dead", "sequence.halted"] == [one["event"] for one in told]


async def test_what_releases_a_sequence_is_acked_and_told_by_whom(
    story: Story, told: list[Any]
) -> None:
    assert None is await story.settle(halting(story), Released("ann@ops"))
    assert [("ack", 1)] == story.journal
    assert [("sequence.released", "ann@ops")] == [(one["event"], one["by"]) for one in told]


async def test_when_the_channel_goes_between_copy_and_ack_only_the_ack_is_owed(
    story: Story, told: list[Any]
) -> None:
    first = run(story.channel)
    publish = story.publisher.publish

    async def publish_and_lose(*arguments: Any) -> None:
        await publish(*arguments)
        story.channel.is_closed = True

    story.publisher.publish = publish_and_lose  # type: ignore[assignment,method-assign]
    assert TOLD == await story.settle(first, LETTER)
    again = run(FakeChannel(story.journal))
    assert None is await story.settle(again, TOLD)
    assert [("publish", "app.dead", b"{}"), ("ack", 1)] == story.journal
    assert ["delivery.dead"] == [event["event"] for event in told]


@pytest.mark.parametrize(
    ("outcome", "headers", "written"),
    [
        (
            Again(5, "KeyError: 'sku'"),
            {"webhook_attempt": 3, "webhook_error": "OSError: busy"},
            {"webhook-attempt": 4, "webhook-consumer": "erp", "webhook-error": "KeyError: 'sku'"},
        ),
        (Aside(5, 0), {"webhook_attempt": 3}, {"webhook-attempt": 3}),
        (Aside(5, 2), {"webhook_crashes": 1}, {"webhook-crashes": 2}),
        (
            Deferred(5, "Limited", 2, 4),
            {"webhook_attempt": 3, "webhook_deferred": 3},
            {"webhook-attempt": 3, "webhook-deferred": 4, "webhook-crashes": 2},
        ),
        (
            Deferred(5, "Later: no stock"),
            {"webhook_deferred": 3},
            {"webhook-deferred": None, "webhook-error": "Later: no stock"},
        ),
        (LETTER, {"webhook_crashes": 1}, {"webhook-reason": "rejected", "webhook-attempt": 1}),
    ],
    ids=["again", "too early", "aside", "limited", "later", "dead"],
)
async def test_a_copy_says_what_became_of_its_attempt(
    story: Story, outcome: Outcome, headers: dict[str, Any], written: dict[str, Any]
) -> None:
    await story.settle(run(story.channel, **headers), outcome)
    (properties,) = story.publisher.published
    table = properties.headers or {}
    assert written == {name: table.get(name) for name in written}
    assert ("webhook-crashes" in table) == ("webhook-crashes" in written)


@pytest.mark.parametrize("outcome", [Again(5, ""), Aside(5, 1), Deferred(5, "held")])
async def test_a_replay_that_passes_claims_does_so_until_the_webhook_dies_again(
    story: Story, outcome: Outcome
) -> None:
    again = {"webhook_again": "INC-1"}
    await story.settle(run(story.channel, **again), outcome)
    await story.settle(run(story.channel, **again), LETTER)
    waits, died = (properties.headers for properties in story.publisher.published)
    assert "INC-1" == waits["webhook-again"]
    assert "webhook-again" not in died


async def test_a_duplicate_is_acked_and_leaves_nothing(story: Story) -> None:
    assert None is await story.settle(run(story.channel), Duplicate())
    assert [("ack", 1)] == story.journal


@pytest.mark.parametrize("outcome", [Again(5, ""), Aside(5, 1)])
async def test_what_waits_says_since_when_and_what_does_not_says_nothing_of_it(
    story: Story, outcome: Outcome
) -> None:
    stale = {"webhook_waiting_ms": 1, "webhook_due_ms": 2}
    before_ms = int(time() * 1000)
    await story.settle(run(story.channel, **stale), outcome)
    await story.settle(run(story.channel, **stale), LETTER)

    waits, died = (properties.headers for properties in story.publisher.published)
    assert before_ms <= int(waits["webhook-waiting-ms"]) <= int(time() * 1000)
    assert "webhook-due-ms" not in waits
    assert not died.keys() & {"webhook-waiting-ms", "webhook-due-ms"}


@pytest.mark.parametrize("outcome", [Again(100_000, ""), Aside(100_000, 0)])
async def test_a_wait_longer_than_the_last_rung_says_when_it_ends(
    story: Story, outcome: Outcome
) -> None:
    await story.settle(run(story.channel), outcome)
    (properties,) = story.publisher.published
    assert "webhook-due-ms" in (properties.headers or {})
