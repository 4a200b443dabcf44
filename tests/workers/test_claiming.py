"""A webhook that comes twice takes effect once: by the worker's own code, with claims in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from tenacity import wait_fixed

from schemas.dead_letter import Reason
from workers import (
    AlreadyDone,
    Delivery,
    Later,
    Once,
    Reject,
    RetryPolicy,
    claiming,
    consumer,
)
from workers.attempt import attempt
from workers.claims import Claim, Held
from workers.clock import HandClock
from workers.consumer import Consumer
from workers.once import OVER
from workers.outcome import Outcome
from workers.stores.memory import MemoryStore
from workers.stores.transaction import InTransaction
from workers.testing import Again, Dead, Deferred, Done, Duplicate, deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
HELD = "another run holds the claim on it"
SOON = RetryPolicy(wait=wait_fixed(3))


class Clock:
    """Tells the time that a test has set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Downstream:
    """What a handler does: it notes each run, and then does as it is told."""

    def __init__(self, **options: Any) -> None:
        self.runs = 0
        self.act: Callable[[], Any] = lambda: None
        self.erp: Consumer[bytes] = self._consumer(**options)

    def _consumer(self, **options: Any) -> Consumer[bytes]:
        @consumer("orders/create", name="erp", retry=SOON, **options)
        async def erp(delivery: Delivery[bytes]) -> None:
            self.runs += 1
            acted = self.act()
            if asyncio.iscoroutine(acted):
                await acted

        return erp


def raising(error: BaseException) -> Callable[[], None]:
    """Return a function that raises the error."""

    def act() -> None:
        raise error

    return act


async def hang() -> None:
    """End never."""
    await asyncio.Event().wait()


@pytest.fixture
def clock() -> Clock:
    """The clock of the store."""
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    """Where claims are kept."""
    return MemoryStore(clock)


@pytest.fixture
def downstream(store: MemoryStore) -> Downstream:
    """A consumer that wants its effect once, and what it does."""
    return Downstream(once=Once(store, window="1h"))


async def test_what_was_done_is_a_duplicate_within_the_window_and_runs_again_after_it(
    downstream: Downstream, store: MemoryStore, clock: Clock
) -> None:
    assert Done() == await deliver(downstream.erp, ORDER, store=store)
    clock.now += 3599
    assert Duplicate() == await deliver(downstream.erp, ORDER, store=store)
    assert 1 == downstream.runs

    clock.now += 2
    assert Done() == await deliver(downstream.erp, ORDER, store=store)
    assert 2 == downstream.runs


async def test_without_a_store_of_the_tests_each_delivery_stands_for_itself(
    downstream: Downstream,
) -> None:
    assert Done() == await deliver(downstream.erp, ORDER)
    assert Done() == await deliver(downstream.erp, ORDER)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RuntimeError("boom"), Again(3, "RuntimeError: boom")),
        (Later("not yet", after=60), Deferred(60, "Later: not yet")),
        (asyncio.CancelledError(), Again(3, "CancelledError: ")),
    ],
)
async def test_what_failed_is_released_so_that_whoever_comes_next_runs(
    downstream: Downstream, store: MemoryStore, error: BaseException, outcome: Outcome
) -> None:
    downstream.act = raising(error)
    assert outcome == await deliver(downstream.erp, ORDER, store=store)
    downstream.act = lambda: None
    assert Done() == await deliver(downstream.erp, ORDER, store=store)


async def test_what_is_dead_is_released_so_that_a_replay_runs(
    downstream: Downstream, store: MemoryStore
) -> None:
    downstream.act = raising(Reject("unknown SKU"))
    dead = await deliver(downstream.erp, ORDER, store=store)
    assert isinstance(dead, Dead)
    assert Reason.REJECTED == dead.reason
    downstream.act = lambda: None
    assert Done() == await deliver(downstream.erp, ORDER, store=store)


async def test_what_was_late_is_released(store: MemoryStore) -> None:
    slow = Downstream(once=Once(store), timeout=0.05)
    slow.act = hang
    assert Again(3, "TimeoutError: no end after 0.05 s") == await deliver(
        slow.erp, ORDER, store=store
    )
    slow.act = lambda: None
    assert Done() == await deliver(slow.erp, ORDER, store=store)


async def test_what_a_drain_cuts_off_is_released(
    downstream: Downstream, store: MemoryStore
) -> None:
    downstream.act = hang
    task = asyncio.create_task(deliver(downstream.erp, ORDER, store=store))
    while not downstream.runs:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    downstream.act = lambda: None
    assert Done() == await deliver(downstream.erp, ORDER, store=store)


async def test_while_one_run_has_the_claim_a_second_delivery_comes_later(
    downstream: Downstream, store: MemoryStore
) -> None:
    goes_on = asyncio.Event()
    downstream.act = goes_on.wait
    first = asyncio.create_task(deliver(downstream.erp, ORDER, store=store))
    while not downstream.runs:
        await asyncio.sleep(0)

    assert Deferred(claiming.LOOK_AGAIN, HELD) == await deliver(downstream.erp, ORDER, store=store)
    goes_on.set()
    assert Done() == await first
    assert Duplicate() == await deliver(downstream.erp, ORDER, store=store)
    assert 1 == downstream.runs


async def test_a_claim_that_a_dead_worker_left_behind_ends_after_the_timeout_and_some(
    downstream: Downstream, store: MemoryStore, clock: Clock
) -> None:
    timeout = downstream.erp.timeout
    await store.claim(f"test/erp/{ORDER.id}", "a dead worker", timeout + OVER)
    clock.now += timeout + OVER - 3
    assert Deferred(3, HELD) == await deliver(downstream.erp, ORDER, store=store)
    clock.now += 3
    assert Done() == await deliver(downstream.erp, ORDER, store=store)


async def test_what_comes_later_has_as_many_crashes_as_before(
    downstream: Downstream, store: MemoryStore
) -> None:
    await store.claim(f"test/erp/{ORDER.id}", "another", 60)
    outcome = await attempt(downstream.erp, ORDER, 1, ORDER.received_ms, crashes=2)
    assert Deferred(claiming.LOOK_AGAIN, HELD, crashes=2) == outcome


async def test_a_replay_passes_what_was_done_before_it_but_runs_once_itself(
    downstream: Downstream, store: MemoryStore
) -> None:
    assert Done() == await deliver(downstream.erp, ORDER, store=store)
    assert Done() == await deliver(downstream.erp, ORDER, store=store, again="INC-1")
    assert Duplicate() == await deliver(downstream.erp, ORDER, store=store, again="INC-1")
    assert Done() == await deliver(downstream.erp, ORDER, store=store, again="INC-2")
    assert Duplicate() == await deliver(downstream.erp, ORDER, store=store)
    assert 3 == downstream.runs


async def test_by_digest_the_second_of_two_equal_bodies_is_a_duplicate(store: MemoryStore) -> None:
    by_body = Downstream(once=Once(store, key="digest", window="10m"))
    again = webhook("orders/create", {"id": 1})
    assert Done() == await deliver(by_body.erp, ORDER, store=store)
    assert Duplicate() == await deliver(by_body.erp, again, store=store)
    other = webhook("orders/create", {"id": 2})
    assert Done() == await deliver(by_body.erp, other, store=store)


async def test_a_plain_def_makes_claims_like_any_other(store: MemoryStore) -> None:
    @consumer("orders/create", once=Once(store))
    def threaded(_: Delivery[bytes]) -> None: ...

    assert Done() == await deliver(threaded, ORDER, store=store)
    assert Duplicate() == await deliver(threaded, ORDER, store=store)


class Faulty(MemoryStore):
    """A store in memory that fails what a test says."""

    def __init__(self, *failing: str) -> None:
        super().__init__()
        self.failing = set(failing)

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim, unless that fails."""
        self._fail("claim")
        return await super().claim(key, owner, seconds)

    async def keep(self, key: str, seconds: float) -> None:
        """Keep a claim, unless that fails."""
        self._fail("keep")
        await super().keep(key, seconds)

    async def release(self, key: str, owner: str) -> None:
        """Release a claim, unless that fails."""
        self._fail("release")
        await super().release(key, owner)

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise ConnectionError("refused")


def claims(result: str) -> float:
    """Return how many claims of the consumer came to this."""
    labels = {"app": "test", "consumer": "erp", "result": result}
    return REGISTRY.get_sample_value("hookline_once_claims_total", labels) or 0


async def test_with_the_store_away_the_handler_runs_and_a_metric_says_so() -> None:
    store = Faulty("claim")
    downstream = Downstream(once=Once(store))
    before = claims("ran_unclaimed")
    assert Done() == await attempt(downstream.erp, ORDER, 1, ORDER.received_ms)
    assert (1, 1) == (downstream.runs, claims("ran_unclaimed") - before)


async def test_what_ran_with_the_store_away_is_kept_where_it_is_back_by_then() -> None:
    store = Faulty("claim")
    downstream = Downstream(once=Once(store))
    downstream.erp.once.asking._again = 0  # type: ignore[union-attr]

    def is_back() -> None:
        store.failing.clear()
        downstream.erp.once.asking._again = 0  # type: ignore[union-attr]

    downstream.act = is_back
    assert Done() == await attempt(downstream.erp, ORDER, 1, ORDER.received_ms)
    assert Duplicate() == await attempt(downstream.erp, ORDER, 1, ORDER.received_ms)


@pytest.mark.parametrize(("age", "delay"), [(0, 5), (100, 25), (3600, 60)])
async def test_with_the_store_away_the_webhook_waits_where_its_author_says_so(
    age: float, delay: float
) -> None:
    now = ORDER.received_ms / 1000 + age
    store = Faulty("claim")
    downstream = Downstream(once=Once(store, away="wait"))
    before = claims("waited")
    with HandClock(now).ruling():
        outcome = await attempt(downstream.erp, ORDER, 1, ORDER.received_ms, crashes=1)
    reason = "the store of claims is away: ConnectionError: refused"
    assert Deferred(delay, reason, crashes=1) == outcome
    assert (0, 1) == (downstream.runs, claims("waited") - before)


class Deaf(MemoryStore):
    """A store that grants a claim, the answer of which is lost."""

    is_deaf = True

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim, and fail all the same."""
        granted = await super().claim(key, owner, seconds)
        if self.is_deaf:
            raise ConnectionError("lost")
        return granted


async def test_a_claim_whose_answer_was_lost_is_no_other_runs_when_it_is_asked_for_again() -> None:
    store = Deaf()
    downstream = Downstream(once=Once(store, away="wait"))
    once = downstream.erp.once
    assert once is not None
    for _ in range(2):
        once.asking._again = 0
        away = await attempt(downstream.erp, ORDER, 1, ORDER.received_ms)
        assert isinstance(away, Deferred)

    store.is_deaf = False
    once.asking._again = 0
    goes_on = asyncio.Event()
    downstream.act = goes_on.wait
    first = asyncio.create_task(attempt(downstream.erp, ORDER, 1, ORDER.received_ms))
    while not downstream.runs:
        await asyncio.sleep(0)
    assert Deferred(claiming.LOOK_AGAIN, HELD) == await attempt(
        downstream.erp, ORDER, 1, ORDER.received_ms
    )
    goes_on.set()
    assert Done() == await first


@pytest.mark.parametrize(
    ("failing", "act", "result"),
    [
        ("keep", lambda: None, "not_kept"),
        ("release", raising(RuntimeError("boom")), "not_released"),
    ],
)
async def test_a_claim_whose_end_the_store_does_not_hear_of_ends_by_itself_and_is_counted(
    failing: str, act: Callable[[], None], result: str
) -> None:
    store = Faulty(failing)
    downstream = Downstream(once=Once(store))
    downstream.act = act
    before = claims(result)
    await attempt(downstream.erp, ORDER, 1, ORDER.received_ms)
    assert 1 == claims(result) - before
    assert isinstance(await store.claim(f"test/erp/{ORDER.id}", "another", 1), Held)


async def test_stores_are_closed_each_once_whatever_they_raise() -> None:
    closed = []

    class Closing(MemoryStore):
        async def close(self) -> None:
            closed.append(self)
            raise ConnectionError("gone")

    store = Closing()
    consumers = [Downstream(once=Once(store)).erp for _ in range(2)]
    nothing = Downstream().erp
    in_transaction = Downstream(once=Once(InTransaction())).erp
    await claiming.close_stores([*consumers, nothing, in_transaction])
    assert [store] == closed


class Ledger:
    """Rows that are there once their transaction ended well."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    @asynccontextmanager
    async def booking(self, delivery: Delivery[bytes]) -> AsyncIterator[None]:
        """Book within the claim."""
        async with delivery.once(None):
            yield
            self.rows.append(delivery.webhook.id)


def booking(ledger: Ledger, act: Callable[[], Any] = lambda: None) -> Consumer[bytes]:
    """Return a consumer that books in a transaction, and acts before that ends."""

    @consumer("orders/create", name="erp", retry=SOON, once=Once(InTransaction()))
    async def erp(delivery: Delivery[bytes]) -> None:
        async with ledger.booking(delivery):
            act()

    return erp


async def test_within_a_transaction_the_second_is_a_duplicate(store: MemoryStore) -> None:
    ledger = Ledger()
    erp = booking(ledger)
    kept = claims("kept")
    assert Done() == await deliver(erp, ORDER, store=store)
    assert Duplicate() == await deliver(erp, ORDER, store=store)
    assert ([ORDER.id], 1) == (ledger.rows, claims("kept") - kept)


async def test_a_transaction_that_fails_leaves_no_claim(store: MemoryStore) -> None:
    ledger = Ledger()
    failing = booking(ledger, raising(RuntimeError("boom")))
    assert Again(3, "RuntimeError: boom") == await deliver(failing, ORDER, store=store)
    assert Done() == await deliver(booking(ledger), ORDER, store=store)
    assert [ORDER.id] == ledger.rows


async def test_a_handler_may_look_at_it_itself_that_it_was_done(store: MemoryStore) -> None:
    told = []

    @consumer("orders/create", once=Once(InTransaction()))
    async def erp(delivery: Delivery[bytes]) -> None:
        try:
            async with delivery.once(None):
                pass
        except AlreadyDone:
            told.append(delivery.webhook.id)

    assert Done() == await deliver(erp, ORDER, store=store)
    assert Done() == await deliver(erp, ORDER, store=store)
    assert [ORDER.id] == told


async def test_a_handler_that_claims_twice_in_a_run_is_told_and_not_taken_for_done(
    store: MemoryStore,
) -> None:
    @consumer("orders/create", retry=SOON, once=Once(InTransaction()))
    async def erp(delivery: Delivery[bytes]) -> None:
        for _ in range(2):
            async with delivery.once(None):
                pass

    outcome = await deliver(erp, ORDER, store=store)
    assert isinstance(outcome, Again)
    assert "RuntimeError: a handler says" in outcome.error


async def test_a_handler_that_forgets_its_claim_is_told_of(store: MemoryStore) -> None:
    forgetful = Downstream(once=Once(InTransaction()))
    with capture_logs() as logs:
        for _ in range(2):
            assert Done() == await deliver(forgetful.erp, ORDER, store=store)
    told = [line for line in logs if line["event"] == "once.not_used"]
    assert ["erp"] == [line["consumer"] for line in told]


async def test_a_claim_in_a_transaction_that_no_consumer_speaks_of_is_refused() -> None:
    @consumer("orders/create", retry=SOON)
    async def erp(delivery: Delivery[bytes]) -> None:
        async with delivery.once(None):
            pass

    outcome = await deliver(erp, ORDER)
    assert isinstance(outcome, Again)
    assert "once=Once(InTransaction())" in outcome.error


async def test_what_a_pool_is_given_for_is_refused_with_a_sentence() -> None:
    @consumer("orders/create", retry=SOON, once=Once(InTransaction()))
    async def erp(delivery: Delivery[bytes]) -> None:
        async with delivery.once("postgresql://"):
            pass

    outcome = await deliver(erp, ORDER)
    assert isinstance(outcome, Again)
    assert "takes a connection of asyncpg, and no builtins.str" in outcome.error
