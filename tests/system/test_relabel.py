"""The example that keeps each shop's order: a carrier who is down, and a worker that is killed."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shop.relabel import TABLES
from tests.system.carriers import open_carrier
from tests.system.door import Ingress
from tests.system.processes import ingress, worker
from tests.system.servers import books_of
from tests.system.waiting import until

HERE = Path(__file__).parent / "relabelling"
OTHER = "other.spiffystores.com"


@pytest.fixture
async def books() -> AsyncIterator[asyncpg.Connection]:
    """The books that the example writes to, with nothing in them."""
    async with books_of(TABLES) as connection:
        yield connection


async def changed(door: Ingress, app: str, number: int, items: int, shop: str = "") -> str:
    """Post that an order has so many items now; return its webhook's id."""
    body = {"id": number, "name": f"#{number}", "line_items": [{"sku": "mug"}] * items}
    more = {"X_Spiffy_Shop_Domain": shop} if shop else {}
    return await door.accepted("orders/updated", json.dumps(body).encode(), app=app, **more)


@pytest.mark.slow("test_ordered keeps the order whoever dies; this shows the example's")
async def test_labels_are_given_in_the_order_of_the_changes_though_the_carrier_and_a_worker_fail(
    url: str, app: str, books: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that the carrier does not take is a dead letter, and those behind it go on."""
    async with (
        open_carrier(monkeypatch, tmp_path, url) as carrier,
        ingress(url, APP=app) as door,
    ):
        (carrier / "carrier.down").touch()
        async with worker(url, cwd=HERE, APP=app) as first:
            fails = await changed(door, app, 1, items=1)
            await first.event("delivery.retried", id=fails)
            refused = await changed(door, app, 2, items=0)
            behind = [await changed(door, app, number, items=1) for number in (3, 4, 1)]
            await first.event("delivery.held", id=behind[-1])
            await changed(door, app, 9, items=1, shop=OTHER)
            first.signal(signal.SIGKILL)
            await first.ended()

        (carrier / "carrier.down").unlink()
        async with worker(url, cwd=HERE, APP=app) as second:

            async def all_are_labelled() -> bool:
                count = await books.fetchval("SELECT count(*) FROM label_history")
                return bool(5 == count)

            await until(all_are_labelled, what="each change has its label", seconds=90)
            await second.event("delivery.dead", id=refused, reason="rejected")
            assert 0 == await second.stop()

    given = await books.fetch("SELECT order_id, label FROM label_history ORDER BY number")
    assert [1, 3, 4, 1] == [row["order_id"] for row in given if row["order_id"] != 9]
    now = dict(await books.fetch("SELECT order_id, label FROM labels"))
    assert {row["order_id"]: row["label"] for row in given} == now
