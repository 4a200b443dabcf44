"""What may be said of once, what is claimed for a webhook, and what is told of it."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from workers import Delivery, Once, attempt, consumer
from workers.consumer import BadConsumer
from workers.once import OVER, BadOnce
from workers.stores.claim_table import BadTable, ClaimTable
from workers.stores.memory import MemoryStore
from workers.stores.postgres import PostgresStore
from workers.stores.redis import RedisStore
from workers.stores.transaction import InTransaction
from workers.testing import webhook

STORE = MemoryStore()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"store": "redis://user:secret@host"}, "a str keeps no claims: give RedisStore"),
        ({"store": MemoryStore}, "MemoryStore keeps no claims"),
        ({"store": None}, "a NoneType keeps no claims"),
        ({"key": "body"}, 'key is "id" or "digest", and not \'body\''),
        ({"key": "digest"}, 'key="digest" needs a window=, such as "10m"'),
        ({"window": 0}, "window is from a second to ten years"),
        ({"window": True}, "window is from a second to ten years"),
        ({"window": float("nan")}, "window is from a second to ten years"),
        ({"window": "two days"}, "window: 'two days' is no duration"),
        ({"window": timedelta(days=5000)}, "window is from a second to ten years"),
        ({"away": "skip"}, 'away is "run" or "wait"'),
        ({"patience": 0}, "patience is a number of seconds up to a minute"),
        ({"patience": "2"}, "patience is a number of seconds up to a minute"),
        ({"store": InTransaction(), "away": "wait"}, "leave away= out"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(options: dict[str, Any], told: str) -> None:
    with pytest.raises(BadOnce, match=re.escape(told)):
        Once(**({"store": STORE} | options))


def test_no_secret_of_a_url_is_told_in_a_refusal() -> None:
    with pytest.raises(BadOnce) as refused:
        Once("redis://user:secret@host")  # type: ignore[arg-type]
    assert "secret" not in str(refused.value)


def test_a_consumer_is_refused_with_what_is_no_once() -> None:
    with pytest.raises(BadConsumer, match=r"once is Once\(store, window=…\), and no MemoryStore"):

        @consumer("orders/create", once=STORE)  # type: ignore[arg-type]
        async def erp(_: Delivery[bytes]) -> None: ...


def test_a_plain_def_that_is_to_claim_in_a_transaction_is_refused() -> None:
    with pytest.raises(BadConsumer, match="which only an async def can say"):

        @consumer("orders/create", once=Once(InTransaction()))
        def erp(_: Delivery[bytes]) -> None: ...


@pytest.mark.parametrize("name", ["", "Orders", "once; DROP TABLE orders", "a.b.c", 'a"b', "ä"])
def test_a_table_that_would_need_quotes_is_refused(name: str) -> None:
    with pytest.raises(BadTable, match="lower-case letters"):
        ClaimTable(name)


@pytest.mark.parametrize(
    ("window", "seconds"),
    [(None, 172_800), ("90s", 90), (1.5, 1.5), (timedelta(hours=1), 3600), (60, 60)],
)
def test_a_window_is_seconds_a_timedelta_or_what_operators_write(
    window: Any, seconds: float
) -> None:
    assert seconds == Once(STORE, window=window).seconds


@pytest.mark.parametrize(
    ("once", "told"),
    [
        (Once(STORE), "once by id within 2d, claims in memory, runs while that is away"),
        (
            Once(STORE, window="10m", key="digest", away="wait"),
            "once by digest within 10m, claims in memory, waits while that is away",
        ),
        (
            Once(InTransaction("shop.once")),
            "once by id within 2d, claims in the handler's transaction, table shop.once",
        ),
    ],
)
def test_what_is_told_of_once(once: Once, told: str) -> None:
    assert told == str(once)


def test_a_claim_outlives_the_handler_its_cancellation_and_a_slow_store() -> None:
    patience = Once(STORE).patience
    assert attempt.GRACE + 2 * patience < OVER


ORDER = webhook("orders/create", {"id": 1})


def test_each_consumer_claims_for_itself() -> None:
    once = Once(STORE)
    assert f"test/erp/{ORDER.id}" == once.key_of("erp", ORDER)
    assert once.key_of("erp", ORDER) != once.key_of("mail", ORDER)


def test_by_digest_the_same_body_has_the_same_key_and_by_id_another() -> None:
    same = webhook("orders/create", {"id": 1})
    by_digest = Once(STORE, key="digest", window="10m")
    assert by_digest.key_of("erp", ORDER) == by_digest.key_of("erp", same)
    assert Once(STORE).key_of("erp", ORDER) != Once(STORE).key_of("erp", same)


def test_a_replay_that_passes_has_a_key_of_its_own_by_its_name() -> None:
    once = Once(STORE)
    keys = {once.key_of("erp", ORDER, again) for again in ("", "INC-1", "INC-2")}
    assert 3 == len(keys)


@given(some.text(min_size=1), some.text())
def test_whatever_an_id_holds_a_key_is_short_plain_text(webhook_id: str, again: str) -> None:
    key = Once(STORE).key_of("erp", replace(ORDER, id=webhook_id), again)
    assert re.fullmatch(r"test/erp/[!-~]{1,200}", key)


def test_no_client_of_a_store_is_imported_where_no_consumer_uses_it() -> None:
    asks = (
        "import sys, workers.commands.run, workers.testing, workers.stores.transaction; "
        "print({'asyncpg', 'redis'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert "set()" == done.stdout.strip()


@pytest.mark.parametrize(
    ("module", "client", "extra"),
    [("postgres", "asyncpg", "hookline[postgres]"), ("redis", "redis", "hookline[redis]")],
)
def test_a_store_without_its_client_says_what_to_install(
    module: str, client: str, extra: str
) -> None:
    hides = f"import sys; sys.modules['{client}'] = None; import workers.stores.{module}"
    done = subprocess.run(
        [sys.executable, "-c", hides], capture_output=True, text=True, check=False
    )
    assert f"pip install '{extra}'" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: PostgresStore("redis://host"), "postgresql://user@host/database"),
        (lambda: RedisStore("postgresql://host"), "redis://host:6379/0"),
        (lambda: PostgresStore("postgresql://host", table="A"), "lower-case letters"),
    ],
    ids=["postgres", "redis", "table"],
)
def test_a_store_of_something_else_is_refused(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        make()


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (PostgresStore("postgresql://u:pass@db:5/shop"), "PostgreSQL db/shop, table hookline_once"),
        (RedisStore("rediss://u:pass@cache:1/2"), "Redis cache/2"),
    ],
)
def test_a_store_is_told_without_its_password(store: object, told: str) -> None:
    assert told == str(store)
