"""Scenarios: what becomes of webhooks over time, told without a broker and without waiting."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tenacity import stop_after_attempt, wait_exponential, wait_fixed

from schemas.dead_letter import Reason
from workers import (
    Breaker,
    Consumer,
    Delivery,
    Later,
    Once,
    Reject,
    Retry,
    RetryPolicy,
    consumer,
)
from workers.crash import LIMIT
from workers.stores.memory import MemoryStore
from workers.testing import Again, Dead, Deferred, Done, Duplicate, Scenario, scenario, webhook

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
TWICE = RetryPolicy(wait=wait_fixed(60), stop=stop_after_attempt(2))


class Downstream:
    """What handlers call: it takes what it is given, or raises."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.got: list[str] = []

    def book(self, delivery: Delivery[Any]) -> None:
        """Take an order, or raise."""
        if self.error is not None:
            raise self.error
        self.got.append(delivery.webhook.id)


def booking(downstream: Downstream, **options: Any) -> Consumer[bytes]:
    """Return a consumer that books at the downstream."""

    @consumer("orders/create", **options)
    async def erp(delivery: Delivery[bytes]) -> None:
        downstream.book(delivery)

    return erp


async def test_what_is_sent_is_handled_at_once() -> None:
    downstream = Downstream()
    async with scenario(booking(downstream), clock=NOON) as s:
        sent = await s.send("orders/create", {"id": 1})
        assert [sent.id] == downstream.got
        assert [sent] == s.done
        (attempt,) = s.attempts
        assert ("erp", 1, Done(), NOON) == (
            attempt.consumer, attempt.number, attempt.outcome, attempt.at,
        )  # fmt: skip


async def test_a_retry_comes_when_its_rung_is_over_and_no_sooner() -> None:
    downstream = Downstream()
    downstream.error = RuntimeError("down")
    policy = RetryPolicy(wait=wait_exponential(multiplier=7), stop=stop_after_attempt(3))
    async with scenario(booking(downstream, retry=policy), clock=NOON) as s:
        await s.send("orders/create", {"id": 1})
        (waiting,) = s.waiting
        assert (2, "RuntimeError: down") == (waiting.attempt, waiting.error)
        assert NOON + timedelta(seconds=10) == waiting.due  # 7 s, rounded up to a rung

        await s.advance("9s")
        assert 1 == len(s.attempts)
        await s.advance("1s")
        assert [1, 2] == [one.number for one in s.attempts]
        downstream.error = None
        await s.advance("1h")
        assert ([1, 2, 3], []) == ([one.number for one in s.attempts], s.waiting)
        assert 1 == len(s.done)
    assert NOON + timedelta(hours=1, seconds=10) == s.now


async def test_what_the_policy_gives_up_is_a_dead_letter_and_runs_again_where_it_is_replayed() -> (
    None
):
    downstream = Downstream()
    downstream.error = RuntimeError("down")
    async with scenario(booking(downstream, retry=TWICE), clock=NOON) as s:
        sent = await s.send("orders/create", {"id": 1})
        await s.advance("1m")
        (letter,) = s.dead
        assert (Reason.EXHAUSTED, "RuntimeError: down", "erp") == (
            letter.reason, letter.error, letter.consumer,
        )  # fmt: skip
        assert sent == letter.webhook
        assert 2 == letter.died.attempt

        downstream.error = None
        await s.replay(letter)
        assert ([], [sent]) == (s.dead, s.done)


ENDS: list[tuple[Exception, type[Any]]] = [
    (Retry("busy", after=5), Again),
    (Later("no stock", after=5), Deferred),
    (Reject("unknown SKU"), Dead),
]


@pytest.mark.parametrize(("error", "outcome"), ENDS)
async def test_an_attempt_comes_to_what_its_handler_says(
    error: Exception, outcome: type[Any]
) -> None:
    downstream = Downstream()
    downstream.error = error
    async with scenario(booking(downstream)) as s:
        await s.send("orders/create", {"id": 1})
        (attempt,) = s.attempts
        assert isinstance(attempt.outcome, outcome)


async def test_later_goes_round_until_the_webhook_is_too_old() -> None:
    downstream = Downstream()
    downstream.error = Later("no stock", after=timedelta(minutes=10))
    async with scenario(booking(downstream, max_age=3_600)) as s:
        await s.send("orders/create", {"id": 1})
        await s.advance("2h")
        assert {1} == {one.number for one in s.attempts}
        assert 6 == len(s.attempts)
        assert [Reason.EXPIRED] == [letter.reason for letter in s.dead]


async def test_a_wait_longer_than_the_last_rung_goes_round_on_it() -> None:
    downstream = Downstream()
    downstream.error = Retry("next week", after=timedelta(days=5))
    async with scenario(booking(downstream), clock=NOON) as s:
        await s.send("orders/create", {"id": 1})
        await s.advance("4d23h")
        assert 1 == len(s.attempts)
        downstream.error = None
        await s.advance("25h")
        assert [1, 2] == [one.number for one in s.attempts]


async def test_a_breaker_holds_webhooks_back_and_tries_one_when_its_time_has_come() -> None:
    downstream = Downstream()
    downstream.error = ConnectionError("down")
    breaker = Breaker(attempts=3, open_for=60)
    erp = booking(downstream, breaker=breaker, retry=RetryPolicy(wait=wait_fixed(86_400)))
    async with scenario(erp) as s:
        for number in range(5):
            await s.send("orders/create", {"id": number})
        assert (3, 2) == (len(s.attempts), len(s.ready))

        downstream.error = None
        await s.advance("59s")
        assert [] == s.done
        await s.advance("1s")
        assert (2, []) == (len(s.done), s.ready)


async def test_a_rate_lets_webhooks_through_one_after_the_other() -> None:
    downstream = Downstream()
    async with scenario(booking(downstream, rate="6/m")) as s:
        for number in range(7):
            s.put("orders/create", {"id": number})
        await s.run()
        await s.advance("1m")
        assert (7, []) == (len(s.done), s.ready)
        times = [one.at for one in s.attempts]
        assert timedelta(seconds=59) <= times[-1] - times[0] <= timedelta(seconds=60)


async def test_of_one_shop_only_so_many_are_handled_at_once() -> None:
    at_once = 0
    most = 0

    @consumer("orders/create", per_shop=2)
    async def erp(delivery: Delivery[bytes]) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        at_once -= 1

    async with scenario(erp) as s:
        for number in range(5):
            s.put("orders/create", {"id": number})
        await s.run()
        assert (2, 2, 3) == (most, len(s.done), len(s.waiting))
        await s.advance("1m")
        assert (2, 5) == (most, len(s.done))


async def test_what_comes_twice_takes_effect_once() -> None:
    downstream = Downstream()
    erp = booking(downstream, once=Once(MemoryStore(), window="48h", key="digest"))
    async with scenario(erp) as s:
        await s.send("orders/create", {"id": 1})
        await s.send("orders/create", {"id": 1})
        assert [Done(), Duplicate()] == [one.outcome for one in s.attempts]
        assert 1 == len(downstream.got)
        await s.advance("49h")
        await s.send("orders/create", {"id": 1})
        assert 2 == len(downstream.got)


async def test_a_worker_that_dies_leaves_what_its_handler_did_and_the_webhook_comes_again() -> None:
    effects: list[int] = []
    first: list[Scenario] = []

    @consumer("orders/create")
    async def erp(delivery: Delivery[bytes]) -> None:
        effects.append(delivery.attempt)
        if first:
            first.pop().crash()
        effects.append(-delivery.attempt)

    async with scenario(erp) as s:
        first.append(s)
        sent = await s.send("orders/create", {"id": 1})
        assert [None, Done()] == [one.outcome for one in s.attempts]
        assert [1, 1, -1] == effects
        assert [sent] == s.done


async def test_a_webhook_that_kills_each_worker_is_dead_in_the_end_and_others_are_not() -> None:
    async with scenario(*_killed_by("killer")) as s:
        s.put("orders/create", {"id": 1})
        killer = s.put("orders/create", b'"killer"')
        _KILLS.append(s)
        await s.run()
        await s.advance("1h")
        assert [(Reason.CRASHED, killer.id)] == [
            (letter.reason, letter.webhook.id) for letter in s.dead
        ]
        assert 1 == len(s.done)
        deaths = [one for one in s.attempts if one.outcome is None and one.webhook == killer]
        assert LIMIT == len(deaths)


_KILLS: list[Scenario] = []


def _killed_by(word: str) -> list[Consumer[bytes]]:
    @consumer("orders/create")
    async def erp(delivery: Delivery[bytes]) -> None:
        if word in delivery.payload.decode():
            _KILLS[-1].crash()

    return [erp]


async def test_a_claim_of_a_worker_that_died_keeps_its_webhook_waiting_and_then_it_runs() -> None:
    first: list[Scenario] = []

    @consumer("orders/create", once=Once(MemoryStore(), window="48h"), timeout=30)
    async def erp(delivery: Delivery[bytes]) -> None:
        if first:
            first.pop().crash()

    async with scenario(erp) as s:
        first.append(s)
        await s.send("orders/create", {"id": 1})
        assert [] == s.done
        await s.advance("2m")
        assert 1 == len(s.done)


async def test_a_crash_between_two_webhooks_makes_the_breaker_forget() -> None:
    downstream = Downstream()
    downstream.error = ConnectionError("down")
    async with scenario(booking(downstream, breaker=Breaker(attempts=2))) as s:
        for number in range(3):
            await s.send("orders/create", {"id": number})
        assert (2, 1) == (len(s.attempts), len(s.ready))
        s.crash()
        await s.run()
        assert (3, []) == (len(s.attempts), s.ready)


async def test_a_topic_that_no_consumer_takes_is_refused() -> None:
    async with scenario(booking(Downstream())) as s:
        with pytest.raises(ValueError, match="consumer 'erp' takes orders/create: no webhook of"):
            await s.send("carts/update", {"id": 1})


async def test_a_webhook_that_was_taken_in_elsewhere_is_handled_as_it_is() -> None:
    async with scenario(booking(Downstream())) as s:
        taken = webhook("orders/create", {"id": 1}, app="spiffy")
        s.take(taken)
        await s.run()
        assert [taken] == s.done


async def test_a_shop_has_its_partition_and_each_webhook_is_handled_once() -> None:
    shops = [f"shop-{number}.example" for number in range(20)]
    async with scenario(booking(Downstream(), partitions=4)) as s:
        for shop in shops:
            await s.send("orders/create", {"id": 1}, shop=shop)
        assert shops == [webhook.shop for webhook in s.done]


async def test_each_consumer_of_a_topic_gets_what_is_sent() -> None:
    @consumer("orders/*")
    async def mail(delivery: Delivery[bytes]) -> None:
        raise Reject("no address")

    async with scenario(booking(Downstream()), mail) as s:
        await s.send("orders/create", {"id": 1})
        assert ["erp"] == [one.consumer for one in s.attempts if one.outcome == Done()]
        assert ["mail"] == [letter.consumer for letter in s.dead]


@pytest.mark.parametrize("wrong", ["soon", -1, timedelta(days=-1), 1e12])
async def test_time_that_does_not_go_forward_is_refused(wrong: Any) -> None:
    async with scenario(booking(Downstream())) as s:
        with pytest.raises(ValueError, match=r"no duration|time goes forward"):
            await s.advance(wrong)


async def test_a_handler_that_never_ends_is_cancelled_at_the_end_of_its_scenario() -> None:
    ended = asyncio.Event()

    @consumer("orders/create", timeout=60)
    async def erp(delivery: Delivery[bytes]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with scenario(erp) as s:
        sending = asyncio.create_task(s.send("orders/create", {"id": 1}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert ended.is_set()
    sending.cancel()


class InOrder:
    """A downstream that writes down what it takes, and fails as often as it is told of each."""

    def __init__(self, **fails: int) -> None:
        self.took: list[str] = []
        self.fails = fails

    def consumer(self, **options: Any) -> Consumer[dict[str, Any]]:
        """Return an ordered consumer that asks it."""
        policy = RetryPolicy(wait=wait_fixed(60), stop=stop_after_attempt(3))

        @consumer("orders/create", partitions=4, ordered=True, retry=policy, **options)
        async def erp(delivery: Delivery[dict[str, Any]]) -> None:
            name = delivery.payload["name"]
            if delivery.attempt <= self.fails.get(name, 0):
                raise ConnectionError("down")
            self.took.append(name)

        return erp


def put(s: Scenario, *names: str) -> None:
    """Have these come in, of the shops that their names begin with."""
    for name in names:
        s.put("orders/create", {"name": name}, shop=f"{name[0]}.test")


async def test_an_ordered_shop_waits_for_its_first_one_and_others_go_on() -> None:
    downstream = InOrder(a1=2)
    async with scenario(downstream.consumer(), clock=NOON) as s:
        put(s, "a1", "a2", "b1", "a3")
        await s.run()
        assert (["b1"], 3) == (downstream.took, len(s.ready) + len(s.waiting))
        assert [NOON + timedelta(minutes=1)] == [one.due for one in s.waiting]
        await s.advance("1m")
        put(s, "a4")
        await s.run()
        assert ["b1"] == downstream.took
        await s.advance("1m")
        assert ["b1", "a1", "a2", "a3", "a4"] == downstream.took
        assert ([], []) == (s.ready, s.waiting)


async def test_an_ordered_shop_goes_on_when_its_first_one_is_dead() -> None:
    downstream = InOrder(a1=9)
    async with scenario(downstream.consumer()) as s:
        put(s, "a1", "a2", "a3")
        await s.advance("1h")
        assert ["a2", "a3"] == downstream.took
        assert 1 == len(s.dead)
        downstream.fails = {}
        await s.replay()
        assert ["a2", "a3", "a1"] == downstream.took


async def test_an_ordered_shop_that_a_dead_one_halts_waits_for_its_replay() -> None:
    downstream = InOrder(a1=9)
    async with scenario(downstream.consumer(on_dead="halt")) as s:
        put(s, "a1", "a2", "b1")
        await s.advance("1h")
        put(s, "a3")
        await s.advance("30d")
        assert (["b1"], 1) == (downstream.took, len(s.dead))
        assert (["a2", "a3"], []) == ([json.loads(one.body)["name"] for one in s.ready], s.waiting)

        await s.replay()
        await s.advance("1h")
        assert (["b1"], 1) == (downstream.took, len(s.dead))
        s.crash()
        downstream.fails = {}
        await s.replay()
        assert (["b1", "a1", "a2", "a3"], [], []) == (downstream.took, s.ready, s.dead)


async def test_an_ordered_shop_that_a_dead_one_halts_goes_on_without_it_once_it_is_dropped() -> (
    None
):
    downstream = InOrder(a1=9, a3=9)
    async with scenario(downstream.consumer(on_dead="halt")) as s:
        put(s, "a1", "a2", "a3", "a4")
        await s.advance("1h")
        first = s.dead[0]
        s.crash()
        await s.drop(first)
        await s.advance("1h")
        assert (["a2"], 1) == (downstream.took, len(s.dead))
        await s.drop()
        assert (["a2", "a4"], [], []) == (downstream.took, s.ready, s.dead)


@pytest.mark.parametrize("after", ["1s", "30s", "61s"])
async def test_an_order_outlives_crashes_of_the_worker(after: str) -> None:
    downstream = InOrder(a1=2, a3=1)
    async with scenario(downstream.consumer()) as s:
        put(s, "a1", "a2", "a3", "a4")
        await s.advance(after)
        s.crash()
        await s.advance("10m")
        assert ["a1", "a2", "a3", "a4"] == downstream.took


async def test_a_crash_while_a_handler_runs_lets_nothing_of_its_shop_pass() -> None:
    began: list[str] = []

    @consumer("orders/create", partitions=4, ordered=True)
    async def erp(delivery: Delivery[dict[str, Any]]) -> None:
        began.append(delivery.payload["name"])
        if began == ["a1"]:
            s.crash()

    async with scenario(erp) as s:
        put(s, "a1", "a2", "a3")
        await s.advance("1h")
    assert ["a1", "a1", "a2", "a3"] == began


async def test_an_ordered_shop_waits_while_its_breaker_is_open() -> None:
    downstream = InOrder(a1=2)
    opens = Breaker(attempts=2, within=600, open_for=300)
    async with scenario(downstream.consumer(breaker=opens)) as s:
        put(s, "a1", "a2")
        await s.advance("2m")
        assert [] == downstream.took
        await s.advance("10m")
        assert ["a1", "a2"] == downstream.took
