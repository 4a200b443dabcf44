"""The example whose downstream fails: real workers, a real PostgreSQL, a carrier who is down."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shop.dispatch import TABLES
from tests.system.carriers import open_carrier
from tests.system.door import Ingress
from tests.system.processes import ingress, worker
from tests.system.servers import books_of
from tests.system.waiting import until

HERE = Path(__file__).parent
TOPIC = "orders/create"
ITEMS = [{"sku": "mug", "quantity": 2}]


@pytest.fixture
async def books() -> AsyncIterator[asyncpg.Connection]:
    """The books that the example writes to, with nothing in them."""
    async with books_of(TABLES) as connection:
        yield connection


@pytest.fixture
async def carrier(
    books: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> AsyncIterator[Path]:
    """A carrier, as the folder in which he is told what to do, and writes down what he did."""
    async with open_carrier(monkeypatch, tmp_path, url) as folder:
        yield folder


def answered(carrier: Path) -> Counter[tuple[int, int]]:
    """Return how often the carrier gave which answer for which order."""
    log = carrier / "carrier.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter((int(order), int(status)) for order, status in map(str.split, lines))


async def ordered(door: Ingress, app: str, number: int, items: object = ITEMS) -> str:
    """Post an order and return its webhook's id."""
    body = {"id": number, "name": f"#{number}", "line_items": items}
    return await door.accepted(TOPIC, json.dumps(body).encode(), app=app)


async def labels(books: asyncpg.Connection) -> dict[int, list[str]]:
    """Return the labels of each order."""
    found: dict[int, list[str]] = {}
    for row in await books.fetch("SELECT order_id, label FROM parcels"):
        found.setdefault(row["order_id"], []).append(row["label"])
    return found


@pytest.mark.slow("test_breaker opens one; this shows the example's")
async def test_while_the_carrier_is_down_nothing_dies_and_then_each_order_has_one_label(
    url: str, app: str, books: asyncpg.Connection, carrier: Path
) -> None:
    numbers = range(1, 31)
    (carrier / "carrier.down").touch()
    async with ingress(url, APP=app) as door, worker(url, cwd=HERE / "dispatching", APP=app) as one:
        for number in numbers:
            await ordered(door, app, number)
        await one.event("breaker.opened")
        (carrier / "carrier.down").unlink()

        async def all_have_a_label() -> bool:
            return set(await labels(books)) == set(numbers)

        await until(all_have_a_label, what="each order has a label", seconds=90)
        assert [] == one.events("delivery.dead")

    found = await labels(books)
    assert dict.fromkeys(numbers, 1) == {one: len(given) for one, given in found.items()}
    assert len(numbers) == len({label for (label,) in found.values()})


async def test_a_busy_carrier_spends_no_attempt(
    url: str, app: str, books: asyncpg.Connection, carrier: Path
) -> None:
    (carrier / "carrier.busy").touch()
    async with ingress(url, APP=app) as door, worker(url, cwd=HERE / "dispatching", APP=app) as one:
        webhook_id = await ordered(door, app, 1)
        await one.event("delivery.deferred", id=webhook_id)
        (carrier / "carrier.busy").unlink()
        await one.event("delivery.done", id=webhook_id, attempt=1)
        assert [1] == list(await labels(books))


async def test_what_the_carrier_does_not_take_is_a_dead_letter_at_once(
    url: str, app: str, books: asyncpg.Connection, carrier: Path
) -> None:
    async with ingress(url, APP=app) as door, worker(url, cwd=HERE / "dispatching", APP=app) as one:
        webhook_id = await ordered(door, app, 1, items=[])
        await one.event("delivery.dead", id=webhook_id, attempt=1, reason="rejected")
        assert {} == await labels(books)
        assert {(1, 422): 1} == answered(carrier)
