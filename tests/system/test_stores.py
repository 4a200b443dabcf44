"""Stores of claims: what asks a server answers as the one in memory does, and is away in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tenacity import wait_fixed

from runtime.ports import free_ports
from tests.faults.proxy import Proxy, Way, proxy
from tests.system.servers import REDIS, database, keys, private_redis
from tests.system.waiting import until
from workers import AlreadyDone, Delivery, Once, RetryPolicy, asking, consumer
from workers.asking import Asking, StoreAway
from workers.attempt import attempt
from workers.claims import Claim, Granted, Held, Kept, Store
from workers.consumer import Consumer
from workers.outcome import Again, Deferred, Done, Duplicate, Outcome
from workers.stores import transaction
from workers.stores.memory import MemoryStore
from workers.stores.postgres import PostgresStore
from workers.stores.redis import RedisStore
from workers.stores.transaction import InTransaction
from workers.testing import webhook

SERVERS = ("postgres", "redis")
CLAIMS = "SELECT count(*) FROM hookline_once"
KILL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
SOON = RetryPolicy(wait=wait_fixed(3))


@asynccontextmanager
async def opened(kind: str, port: int | None = None) -> AsyncIterator[Store]:
    """Open a store of a kind, which finds nothing of another's; its server may be behind a port."""
    store: Store
    match kind:
        case "memory":
            yield MemoryStore()
            return
        case "postgres":
            async with database() as url:
                store = PostgresStore(_at(url, port))
                yield store
                await store.close()
        case _:
            async with keys() as prefix:
                store = RedisStore(_at(REDIS, port), prefix=prefix)
                yield store
                await store.close()


def _at(url: str, port: int | None) -> str:
    """Return the URL with another port."""
    parts = urlsplit(url)
    if port is None:
        return url
    user = f"{parts.username}@" if parts.username else ""
    return parts._replace(netloc=f"{user}127.0.0.1:{port}").geturl()


@pytest.fixture(params=["memory", *SERVERS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each store in turn."""
    async with opened(request.param) as one:
        yield one


async def held(store: Store, key: str, owner: str) -> float:
    """Return for how long somebody else has a claim."""
    claim = await store.claim(key, owner, 60)
    assert isinstance(claim, Held)
    return claim.seconds


async def test_a_claim_is_granted_to_one_and_held_from_others_for_its_time(store: Store) -> None:
    assert Granted() == await store.claim("a", "one", 60)
    assert 50 < await held(store, "a", "other") <= 60
    assert Granted() == await store.claim("b", "other", 60)


async def test_who_asks_again_for_its_own_claim_is_granted_it(store: Store) -> None:
    assert Granted() == await store.claim("a", "one", 30)
    assert Granted() == await store.claim("a", "one", 60)
    assert 50 < await held(store, "a", "other")


async def test_of_many_who_ask_at_once_one_is_granted(store: Store) -> None:
    answers = await asyncio.gather(*(store.claim("a", f"owner {n}", 60) for n in range(50)))
    assert 1 == answers.count(Granted())
    assert 49 == sum(isinstance(answer, Held) for answer in answers)


async def test_a_claim_that_is_released_is_granted_to_the_next(store: Store) -> None:
    await store.claim("a", "one", 60)
    await store.release("a", "other")
    await held(store, "a", "other")
    await store.release("a", "one")
    assert Granted() == await store.claim("a", "other", 60)


async def test_a_claim_that_is_kept_is_kept_from_all_and_not_released(store: Store) -> None:
    await store.claim("a", "one", 60)
    await store.keep("a", 60)
    await store.release("a", "one")
    answers = [await store.claim("a", owner, 60) for owner in ("one", "other")]
    assert [Kept(), Kept()] == answers


async def test_what_was_done_is_kept_whoever_has_the_claim_by_now(store: Store) -> None:
    await store.claim("a", "other", 60)
    await store.keep("a", 60)
    await store.release("a", "other")
    assert Kept() == await store.claim("a", "other", 60)
    await store.keep("never claimed", 60)
    assert Kept() == await store.claim("never claimed", "one", 60)


async def test_a_claim_ends_by_itself_and_so_does_one_that_is_kept(store: Store) -> None:
    await store.claim("a", "a dead worker", 0.2)
    await store.keep("b", 0.2)

    async def granted(key: str) -> bool:
        return await store.claim(key, "other", 60) == Granted()

    await until(lambda: granted("a"), what="the claim ends")
    await until(lambda: granted("b"), what="the kept claim ends")
    await store.release("a", "a dead worker")
    await held(store, "a", "one")


async def test_a_key_may_hold_what_keys_hold(store: Store) -> None:
    key = "app/erp/" + "!" * 200
    assert Granted() == await store.claim(key, "one", 60)
    assert isinstance(await store.claim(key, "other", 60), Held)


async def test_the_table_of_claims_may_be_made_by_many_at_once_and_in_a_schema() -> None:
    async with database() as url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE SCHEMA shop")
        stores = [PostgresStore(url, table="shop.once") for _ in range(8)]
        claims = [store.claim("a", f"owner {n}", 60) for n, store in enumerate(stores)]
        answers: list[Claim] = await asyncio.gather(*claims)
        assert 1 == answers.count(Granted())
        assert 1 == await connection.fetchval("SELECT count(*) FROM shop.once")
        for one in stores:
            await one.close()
        await connection.close()


async def test_without_a_table_there_is_nothing_to_release_and_none_is_made() -> None:
    async with opened("postgres") as store:
        assert isinstance(store, PostgresStore)
        await store.release("a", "one")
        assert (None,) == tuple(await store._fetchrow("SELECT to_regclass('hookline_once')"))


async def test_claims_that_have_ended_are_swept_and_no_others() -> None:
    async with opened("postgres") as store:
        assert isinstance(store, PostgresStore)
        await store.claim("a", "one", 60)
        await store.keep("b", 60)
        for number in range(3):
            await store.keep(f"ended {number}", 0.001)

        async def are_swept() -> bool:
            await store._sweep()
            rows = await store._fetchrow("SELECT array_agg(key ORDER BY key) FROM hookline_once")
            return bool(["a", "b"] == rows[0])

        await until(are_swept, what="those that have ended are gone, and no others")


async def test_a_table_that_may_not_be_made_is_said_to_be_away_by_its_name() -> None:
    async with database() as url:
        connection = await asyncpg.connect(url)
        role = f"{urlsplit(url).path[1:]}_poor"
        await connection.execute(f"CREATE ROLE {role} LOGIN")
        await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        try:
            parts = urlsplit(url)
            store = PostgresStore(parts._replace(netloc=f"{role}@127.0.0.1:5432").geturl())
            with pytest.raises(StoreAway, match="permission denied for schema public"):
                await Asking("", 5).ask(lambda: store.claim("a", "one", 60))
            await store.close()
        finally:
            await connection.execute(f"DROP ROLE {role}")
            await connection.close()


ORDER = webhook("orders/create", {"id": 1})


def erp(store: Store, **options: float | str) -> tuple[Consumer[bytes], list[str]]:
    """Return a consumer with its claims in a store, and what it has handled."""
    runs: list[str] = []
    once = Once(store, **({"patience": 0.3} | options))  # type: ignore[arg-type]

    @consumer("orders/create", once=once)
    async def handler(delivery: Delivery[bytes]) -> None:
        runs.append(delivery.webhook.id)

    return handler, runs


@asynccontextmanager
async def behind_a_proxy(kind: str) -> AsyncIterator[tuple[Proxy, Store]]:
    """Open a store whose server is behind a link that can be made bad."""
    target = 5432 if kind == "postgres" else 6379
    async with proxy(target) as link, opened(kind, link.port) as store:
        yield link, store


async def once_more(handler: Consumer[bytes]) -> object:
    """Deliver a webhook of its own."""
    order = webhook("orders/create", {"id": 1})
    return await attempt(handler, order, 1, order.received_ms)


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_store_that_hangs_costs_a_bounded_time_and_is_asked_again_when_it_is_well(
    kind: str,
) -> None:
    async with behind_a_proxy(kind) as (link, store):
        handler, runs = erp(store)
        assert Done() == await attempt(handler, ORDER, 1, ORDER.received_ms)
        link.silence()
        async with asyncio.timeout(30):
            assert [Done()] * 5 == [await once_more(handler) for _ in range(5)]
        link.heal()

        async def is_claimed() -> bool:
            return await attempt(handler, ORDER, 1, ORDER.received_ms) == Duplicate()

        await until(is_claimed, what="claims are made again")
        assert len(runs) >= 6


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_store_that_is_killed_under_a_run_leaves_it_done_and_the_next_unclaimed(
    kind: str,
) -> None:
    async with behind_a_proxy(kind) as (link, store):
        once = Once(store, patience=0.5)

        @consumer("orders/create", once=once)
        async def handler(_: Delivery[bytes]) -> None:
            link.refusing = True
            link.cut(reset=True)

        assert Done() == await once_more(handler)
        assert Done() == await once_more(handler)
        link.heal()


@pytest.mark.parametrize("kind", SERVERS)
async def test_connections_that_the_server_closed_while_idle_cost_no_claim(kind: str) -> None:
    async with behind_a_proxy(kind) as (link, store):
        handler, _ = erp(store)
        assert Done() == await attempt(handler, ORDER, 1, ORDER.received_ms)
        link.cut()

        async def are_closed() -> bool:
            return not link._writers

        await until(are_closed)
        assert Duplicate() == await attempt(handler, ORDER, 1, ORDER.received_ms)


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_store_that_was_never_there_has_the_webhook_wait_where_its_author_says_so(
    kind: str,
) -> None:
    async with behind_a_proxy(kind) as (link, store):
        link.refusing = True
        handler, runs = erp(store, away="wait")
        outcome = await once_more(handler)
        assert isinstance(outcome, Deferred)
        assert 5 == outcome.delay
        assert [] == runs


async def test_a_redis_that_is_killed_and_started_again_is_asked_again(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    store = RedisStore(f"redis://127.0.0.1:{port}")
    handler, runs = erp(store)
    async with private_redis(port, tmp_path):
        assert Done() == await attempt(handler, ORDER, 1, ORDER.received_ms)
        assert Duplicate() == await attempt(handler, ORDER, 1, ORDER.received_ms)

    assert Done() == await attempt(handler, ORDER, 1, ORDER.received_ms)
    async with private_redis(port, tmp_path):

        async def is_claimed() -> bool:
            return await attempt(handler, ORDER, 1, ORDER.received_ms) == Duplicate()

        await until(is_claimed, what="claims are made again")
    await store.close()
    assert len(runs) >= 2


@asynccontextmanager
async def connections(schema: str = InTransaction().schema) -> AsyncIterator[asyncpg.Pool]:
    """Connect to a database of the test's own, with a table of orders and that of claims."""
    async with database() as url:
        pool = await asyncpg.create_pool(url, min_size=0)
        await pool.execute("CREATE TABLE orders (id text)")
        if schema:
            await pool.execute(schema)
        yield pool
        await pool.close()


class Books:
    """A handler that books a row in a transaction, and waits in it where a test says so."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.waiting = asyncio.Event()
        self.fails = False

        @consumer("orders/create", once=Once(InTransaction()), retry=SOON)
        async def booking(delivery: Delivery[bytes]) -> None:
            async with self.pool.acquire() as connection, delivery.once(connection):
                await connection.execute("INSERT INTO orders VALUES ($1)", delivery.webhook.id)
                self.waiting.set()
                await self.may_end.wait()
                if self.fails:
                    raise RuntimeError("boom")

        self.handler = booking

    async def deliver(self, again: str = "") -> Outcome:
        """Deliver the order once more."""
        return await attempt(self.handler, ORDER, 1, ORDER.received_ms, again=again)

    async def booked(self) -> int:
        """Return how many rows there are."""
        count: int = await self.pool.fetchval("SELECT count(*) FROM orders")
        return count


async def test_in_a_transaction_effect_and_claim_are_both_there_or_neither_is() -> None:
    async with connections() as pool:
        books = Books(pool)
        books.fails = True
        assert Again(3, "RuntimeError: boom") == await books.deliver()
        assert (0, 0) == (await books.booked(), await pool.fetchval(CLAIMS))
        books.fails = False
        assert Done() == await books.deliver()
        assert Duplicate() == await books.deliver()
        assert (1, 1) == (await books.booked(), await pool.fetchval(CLAIMS))
        assert Done() == await books.deliver(again="INC-1")
        assert 2 == await books.booked()


@pytest.mark.parametrize(("fails", "outcome"), [(False, Duplicate()), (True, Done())])
async def test_in_a_transaction_the_second_waits_for_what_becomes_of_the_first(
    fails: bool, outcome: Outcome
) -> None:
    async with connections() as pool:
        books = Books(pool)
        books.may_end.clear()
        books.fails = fails
        first = asyncio.create_task(books.deliver())
        await books.waiting.wait()

        other = Books(pool)
        second = asyncio.create_task(other.deliver())

        async def is_blocked() -> bool:
            return bool(await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await until(is_blocked, what="the second waits")
        books.may_end.set()
        await first
        assert outcome == await second
        assert 1 == await books.booked()


async def test_a_claim_within_a_transaction_of_the_authors_ends_with_that_transaction() -> None:
    async with connections() as pool, pool.acquire() as connection:
        claiming = InTransaction()
        authors = connection.transaction()
        await authors.start()
        async with claiming.within(connection, "a", 60):
            await connection.execute("INSERT INTO orders VALUES ('1')")
        await authors.rollback()
        assert 0 == await pool.fetchval(CLAIMS)

        async with connection.transaction():
            async with claiming.within(connection, "a", 60):
                pass
            with pytest.raises(AlreadyDone):
                async with claiming.within(connection, "a", 60):
                    pass
            assert 1 == await connection.fetchval("SELECT 1"), "the transaction goes on"
        assert 1 == await pool.fetchval(CLAIMS)


async def test_a_claim_in_a_transaction_ends_with_its_window_and_is_swept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with connections() as pool, pool.acquire() as connection:
        claiming = InTransaction()
        async with claiming.within(connection, "a", 0):
            pass
        async with claiming.within(connection, "b", 0):
            pass

        monkeypatch.setattr(transaction, "SWEEP_SHARE", 1)
        async with claiming.within(connection, "a", 60):
            pass
        assert ["a"] == await pool.fetchval("SELECT array_agg(key) FROM hookline_once")


async def test_a_table_of_claims_that_is_not_there_is_told_with_the_sql_that_makes_it() -> None:
    async with connections(schema="") as pool:
        outcome = await Books(pool).deliver()
        assert isinstance(outcome, Again)
        assert "NoClaimTableError: make the table of claims" in outcome.error
        assert "CREATE TABLE IF NOT EXISTS hookline_once" in outcome.error


async def test_a_database_that_is_gone_fails_the_handler_which_is_tried_again() -> None:
    async with connections() as pool:
        books = Books(pool)
        books.may_end.clear()
        first = asyncio.create_task(books.deliver())
        await books.waiting.wait()
        await pool.execute(KILL_OTHERS)
        books.may_end.set()
        assert isinstance(await first, Again)
        assert Done() == await books.deliver()
        assert 1 == await books.booked()


@pytest.mark.parametrize("kind", SERVERS)
async def test_connections_that_hang_for_good_are_given_up_together(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "REST", 0.0)
    async with behind_a_proxy(kind) as (link, store):
        handler, _ = erp(store)
        many = [store.claim(f"{number}", "one", 60) for number in range(10)]
        await asyncio.gather(*many)

        link.silence()
        silent = (link.up, link.down)
        link.up = Way()
        link.down = Way()
        rounds = 0
        while await attempt(handler, ORDER, 1, ORDER.received_ms) != Duplicate():
            rounds += 1
        for way in silent:
            way.open.set()
        assert rounds <= 2, "one finds out, and one is granted its claim"
