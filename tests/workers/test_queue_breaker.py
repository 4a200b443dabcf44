"""One queue's breaker: which attempts count, whom it heeds, and whom it tells."""

import asyncio
from dataclasses import replace
from time import monotonic, time
from typing import Any

import pytest
from structlog.testing import capture_logs
from tenacity import retry_if_exception_type, stop_after_attempt

from schemas.dead_letter import Reason
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from tests.schemas.orders import order
from workers import Breaker, Delivery, Reject, Retry, RetryPolicy, consumer
from workers.circuit import Circuit, Position
from workers.consumer import BadConsumer
from workers.outcome import Again, Aside, Dead, Done, Outcome, has_failed
from workers.queue_breaker import LONGEST_PROBE, OVERHEAD, QueueBreaker, patience_with
from workers.telemetry import BREAKER, labels_of
from workers.testing import deliver, webhook

QUEUE = WorkQueue("app", "erp", "orders.create")
ORDER = webhook("orders/create", {"id": 1})
ONCE = RetryPolicy(stop=stop_after_attempt(1))
NEVER = RetryPolicy(retry=retry_if_exception_type(KeyError))


def soon(ms: int) -> int:
    """Return the time in so many milliseconds."""
    return int(time() * 1000) + ms


@pytest.mark.parametrize(
    ("error", "policy", "failed"),
    [
        (RuntimeError("down"), None, True),
        (TimeoutError("of a library"), None, True),
        (RuntimeError("down"), ONCE, True),  # it dies of it, and counts
        (RuntimeError("not worth another attempt"), NEVER, True),
        (SystemExit(1), None, True),
        (Retry("rate limited"), None, None),
        (Retry("rate limited"), ONCE, None),
        (Reject("unknown SKU"), None, None),
    ],
    ids=[
        "an error",
        "a timeout of its own",
        "an error too many",
        "an error that the policy ends",
        "an exit",
        "a wish for another attempt",
        "one wish too many",
        "a refusal",
    ],
)
async def test_errors_count_as_failures_and_what_a_handler_wishes_does_not_count(
    error: BaseException, policy: RetryPolicy | None, failed: bool | None
) -> None:
    @consumer("orders/create", retry=policy)
    async def erp(delivery: Delivery[bytes]) -> None:
        raise error

    assert failed is has_failed(await deliver(erp, ORDER))


async def test_a_handler_that_is_too_slow_has_failed() -> None:
    @consumer("orders/create", timeout=0.01)
    async def erp(delivery: Delivery[bytes]) -> None:
        await asyncio.sleep(60)

    assert has_failed(await deliver(erp, ORDER))


async def test_a_body_that_does_not_fit_says_nothing_of_a_downstream() -> None:
    @consumer("orders/create")
    async def erp(delivery: Delivery[dict[str, Any]]) -> None: ...

    assert has_failed(await deliver(erp, webhook("orders/create", b"{"))) is None
    assert has_failed(await deliver(erp, ORDER)) is False


def test_what_is_put_off_without_an_attempt_says_nothing() -> None:
    assert has_failed(Aside(1, 0)) is None


async def handler(delivery: Delivery[bytes]) -> None:
    """Take whatever comes."""


def test_a_consumer_has_a_breaker_unless_it_says_otherwise() -> None:
    assert Breaker() == consumer("orders/create")(handler).breaker
    assert consumer("orders/create", breaker=None)(handler).breaker is None
    own = Breaker(attempts=5, open_for=1)
    assert own == consumer("orders/create", breaker=own)(handler).breaker


@pytest.mark.parametrize("breaker", [False, True, 20, "off", Breaker, {}], ids=str)
def test_what_is_no_breaker_is_refused_where_it_is_written(breaker: Any) -> None:
    with pytest.raises(BadConsumer, match=r"consumer 'handler': breaker=.*None for none"):
        consumer("orders/create", breaker=breaker)(handler)


@pytest.mark.parametrize(
    ("timeout", "probe"), [(30.0, 30.0), (LONGEST_PROBE, LONGEST_PROBE), (7_200.0, LONGEST_PROBE)]
)
def test_one_waits_once_or_twice_as_long_as_another_workers_probe_may_take(
    timeout: float, probe: float
) -> None:
    one = consumer("orders/create", timeout=timeout)(handler)
    waits = [patience_with(one) for _ in range(50)]
    assert probe + OVERHEAD <= min(waits)
    assert max(waits) <= 2 * (probe + OVERHEAD)
    assert len(set(waits)) > 40, "each its own"


FAILED = Again(5, "RuntimeError: down", failed=True)


class Story:
    """A breaker of a worker, which opens at the first failure; `told`: the others were."""

    def __init__(self, breaker: Breaker | None = None, by: str = "me") -> None:
        self.told: list[Order] = []
        self.circuit = Circuit(breaker or Breaker(attempts=1))
        self.breaker = QueueBreaker(QUEUE, self.circuit, 40, by, self._found_out)

    def _found_out(self, _: QueueBreaker, order: Order) -> None:
        self.told.append(order)

    def ended(self, outcome: Outcome) -> bool:
        """Have an attempt begin and end now; return whether it is spared."""
        return self.breaker.count(outcome, monotonic())

    @property
    def seconds_left(self) -> int:
        """Whole seconds, or nearly so, until it is tried."""
        return round(self.breaker.seconds_left)


@pytest.fixture
def story() -> Story:
    """A new story."""
    return Story()


def opened(seconds: float = 30, **more: Any) -> Order:
    """Return the word of another worker that it has opened."""
    told: dict[str, Any] = {"by": "another", "topic": QUEUE.topic, "times": 1}
    return order(Ordered.OPENED, until=soon(int(seconds * 1000)), **(told | more))


CLOSED_ELSEWHERE = order(Ordered.CLOSED, by="another", topic=QUEUE.topic)


def test_what_is_found_out_here_is_told_with_its_end_and_how_often(story: Story) -> None:
    story.ended(Again(5, "Retry: later"))
    assert ([], Position.CLOSED) == (story.told, story.breaker.position)
    story.ended(FAILED)
    (told,) = story.told
    assert (Ordered.OPENED, "erp", "orders.create", "me", 1) == (
        told.what, told.consumer, told.topic, told.by, told.times,
    )  # fmt: skip
    assert told.until is not None
    assert 29_000 < told.until - told.at <= 30_000
    assert Position.OPEN == story.breaker.position


def test_what_fails_while_it_opens_is_open_or_probes_is_spared_and_nothing_else_is() -> None:
    story = Story(Breaker(attempts=2))
    assert not story.ended(FAILED)
    assert story.ended(FAILED)
    assert story.breaker.count(FAILED, monotonic() - 9), "begun before it opened"
    assert not story.ended(Dead(Reason.REJECTED, "Reject: unknown SKU"))
    story.breaker.hear(opened(-50))
    assert story.ended(Dead(Reason.EXHAUSTED, "RuntimeError: down", failed=True))
    story.breaker.hear(CLOSED_ELSEWHERE)
    assert not story.ended(FAILED)


def test_three_successes_of_probes_are_told_as_its_closing() -> None:
    story = Story(Breaker(attempts=1, open_for=1e-9, longest=1e-9))
    story.ended(FAILED)
    for _ in range(3):
        story.ended(Done())
    assert [Ordered.OPENED, Ordered.CLOSED] == [told.what for told in story.told]
    assert (None, 0) == (story.told[-1].until, story.told[-1].times)
    assert Position.CLOSED == story.breaker.position


def test_who_has_opened_it_is_the_first_to_try_it_and_the_others_wait_longer(story: Story) -> None:
    other = Story(by="you")
    story.ended(FAILED)
    (told,) = story.told
    for one in (story, other):
        one.breaker.hear(replace(told, offset=7))
    assert (30, 70) == (story.seconds_left, other.seconds_left)


def test_of_two_that_find_out_at_once_he_tries_it_whose_word_stands_last(story: Story) -> None:
    other = Story(by="you")
    story.ended(FAILED)
    (own,) = story.told
    for one in (story, other):
        one.breaker.hear(opened())
        one.breaker.hear(replace(own, offset=8))
    assert (30, 70) == (story.seconds_left, other.seconds_left)
    story.breaker.hear(opened(offset=9))
    assert 70 == story.seconds_left


def test_a_word_of_ones_own_that_comes_late_takes_nothing_back() -> None:
    story = Story(Breaker(attempts=1, open_for=1e-9, longest=1e-9))
    story.ended(FAILED)
    first = replace(story.told[0], at=story.told[0].at - 1)
    for _ in range(3):
        story.ended(Done())
    story.breaker.hear(first)
    assert Position.CLOSED == story.breaker.position


def test_once_another_worker_has_spoken_ones_own_word_is_not_told_any_more(story: Story) -> None:
    story.ended(FAILED)
    assert story.breaker.own is story.told[0]
    story.breaker.hear(opened())
    assert story.breaker.own is None


def test_the_same_word_heard_again_does_not_open_it_again(story: Story) -> None:
    word = opened(-50)
    story.breaker.hear(word)
    for _ in range(3):
        story.ended(Done())
    story.breaker.hear(word)
    assert Position.CLOSED == story.breaker.position


def test_a_worker_that_starts_anew_under_its_old_name_goes_on_where_it_was(story: Story) -> None:
    story.breaker.hear(opened(12, by="me", times=3))
    assert (12, 3) == (story.seconds_left, story.circuit.times)
    story.ended(FAILED)
    assert [] == story.told


def test_where_it_stands_is_logged_once_and_shown_in_the_metric(story: Story) -> None:
    def state() -> float:
        return float(BREAKER.labels(*labels_of(QUEUE))._value.get())

    assert 0 == state()
    with capture_logs() as events:
        story.breaker.hear(opened(30, times=4))
        story.breaker.tell()
        story.breaker.tell()
        assert 2 == state()
        story.breaker.hear(opened(-50, times=4))
        story.breaker.tell()
        assert 1 == state()
        story.breaker.hear(CLOSED_ELSEWHERE)
        story.breaker.tell()
        assert 0 == state()
    assert ["breaker.opened", "breaker.probing", "breaker.closed"] == [
        event["event"] for event in events
    ]
    assert {QUEUE.name} == {event["queue"] for event in events}
    assert {"another"} == {event["by"] for event in events}
    assert (4, 70) == (events[0]["times"], round(events[0]["seconds"]))
