"""What is told of an attempt, and what gets into its copies."""

import pytest

from runtime.tracing import Kind
from schemas import headers as webhook_headers
from schemas.dead_letter import Reason
from schemas.webhook import Webhook
from tests.runtime.told import Told, ToldSpan
from tests.workers.fakes import QUEUE, FakeChannel, FakePublisher
from tests.workers.fakes import run as a_run
from workers.broker.settle import Settler
from workers.broker.traced import traced
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate, Outcome

PUBLISH = f"00-{'ab' * 16}-{'cd' * 8}-01"
BEFORE = f"00-{'ab' * 16}-{'ef' * 8}-01"


async def attempted(outcome: Outcome | BaseException, **headers: str) -> tuple[ToldSpan, UnderWay]:
    """Make an attempt that ends so; return what was told of it."""
    told = Told()
    run = a_run(FakeChannel(), **headers)

    async def attempt(_: UnderWay, __: Webhook) -> Outcome:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    webhook = Webhook.of(run.properties, run.body)
    if isinstance(outcome, BaseException):
        with pytest.raises(type(outcome)):
            await traced(attempt, QUEUE, told)(run, webhook)
    else:
        assert outcome == await traced(attempt, QUEUE, told)(run, webhook)
    (span,) = told.spans
    return span, run


async def test_an_attempt_is_the_child_of_the_publish_and_links_to_the_one_before() -> None:
    span, _ = await attempted(Done(), traceparent=PUBLISH, webhook_previous_traceparent=BEFORE)
    assert (Kind.CONSUMER, PUBLISH, BEFORE) == (span.kind, span.parent, span.link)
    assert {
        "messaging.system": "rabbitmq",
        "messaging.message.id": "m1",
        "messaging.destination.name": QUEUE.name,
        "hookline.webhook.id": "w1",
        "hookline.shop": "a shop",
        "hookline.attempt": 1,
        "hookline.age_ms": 1_000,
        "hookline.outcome": "done",
    }.items() <= span.attributes.items()


async def test_where_nobody_traced_the_publish_the_attempts_are_one_trace() -> None:
    span, _ = await attempted(Done(), webhook_previous_traceparent=BEFORE)
    assert (BEFORE, BEFORE) == (span.parent, span.link)


OUTCOMES: list[tuple[Outcome, str, str]] = [
    (Done(), "done", ""),
    (Again(1.0, "shop.Busy: 12 Privet Street"), "retried", "shop.Busy"),
    (Again(1.0, "ValueError: 12 Privet Street"), "retried", "ValueError"),
    (Duplicate(), "duplicate", ""),
    (Deferred(1.0, "Later: 12 Privet Street"), "deferred", ""),
    (Aside(1.0, 3), "aside", ""),
    (Again(1.0, "12 Privet Street"), "retried", "_OTHER"),
    (Dead(Reason.EXHAUSTED, "ValueError: 12 Privet Street", "…"), "dead", "ValueError"),
    (Dead(Reason.INVALID_PAYLOAD, "street: 12 Privet Street"), "dead", "invalid_payload"),
]


@pytest.mark.parametrize(("outcome", "told", "failed"), OUTCOMES)
async def test_an_outcome_is_told_by_its_type_and_in_no_words_of_its_own(
    outcome: Outcome, told: str, failed: str
) -> None:
    span, _ = await attempted(outcome)
    assert (told, failed) == (span.attributes["hookline.outcome"], span.failed)
    assert "Privet" not in str(span)


@pytest.mark.parametrize("outcome", [Again(1.0, "ValueError: no"), Dead(Reason.EXHAUSTED, "no")])
async def test_each_copy_names_the_attempt_before_it_and_keeps_the_publish(
    outcome: Outcome,
) -> None:
    span, run = await attempted(outcome, traceparent=PUBLISH, webhook_previous_traceparent=BEFORE)
    publisher = FakePublisher()

    async def check() -> None:
        """Declare nothing."""

    await Settler(publisher.publisher, check).settle(run, outcome)
    (copy,) = publisher.published
    assert span.traceparent == copy.headers[webhook_headers.PREVIOUS] != BEFORE
    assert PUBLISH == copy.headers[webhook_headers.TRACEPARENT]


async def test_one_that_was_cut_off_is_linked_to_as_well() -> None:
    span, run = await attempted(KeyboardInterrupt())
    assert "KeyboardInterrupt" == span.raised
    assert span.traceparent == run.headers[webhook_headers.PREVIOUS]
