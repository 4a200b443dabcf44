"""Subscriptions are looked after: what is missing is put back, and what was missed is told."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from ingress.subscriptions import calls, carrying_out
from ingress.subscriptions import watch as module
from ingress.subscriptions.client import Client
from ingress.subscriptions.held import Held
from ingress.subscriptions.order import order_of
from ingress.subscriptions.plan import Step, Wanted
from ingress.subscriptions.settings import read
from ingress.subscriptions.watch import Watch
from runtime.waiting import set_or_later
from tests.shop_apis.stand_in import StandIn, stand_in, status

SHOP = "johns-apparel.spiffystores.com"
OTHER = "second.spiffystores.com"
OURS = "https://hooks.example.com/webhooks/watched"
TOPICS = ("carts/update", "orders/create")
TABLE = '[[shops]]\nshop = "{}"\ncredential = "t0ken"\n'


class Watched:
    """A watch, its two shops, and what it says."""

    def __init__(self, api: StandIn, folder: Path, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.stores = {name: api.shop(name, "t0ken") for name in (SHOP, OTHER)}
        self.file = folder / "shops.toml"
        self.file.write_text(TABLE.format(SHOP) + TABLE.format(OTHER))
        settings, apps = read(
            {
                "HOOKLINE_APP": "watched",
                "HOOKLINE_SECRETS": "hush-hush",
                "HOOKLINE_TOPICS": ",".join(TOPICS),
                "HOOKLINE_ADDRESS": OURS,
                "HOOKLINE_SHOPS_LIST": str(self.file),
                "HOOKLINE_API_URL": api.url,
                "HOOKLINE_LOOK_EVERY": "0.01",
            }
        )
        asked = argparse.Namespace(
            action="watch", shop=[], topic=[], consumers=[], asyncapi=None, format=None
        )
        self.watch = Watch(order_of(settings, apps["watched"], asked, is_only=True), session)

    async def look(self) -> list[tuple[str, str, str]]:
        """Look once; return what is said of which shop and topic."""
        with capture_logs() as self.logs:
            await self.watch.look()
        assert "t0ken" not in str(self.logs)
        return [
            (line["event"], line["shop"], line.get("topic", ""))
            for line in self.logs
            if "shop" in line
        ]

    def told(self, event: str) -> dict[str, Any]:
        """Return the one line of an event."""
        (line,) = [line for line in self.logs if line["event"] == event]
        return dict(line)

    def have_all(self) -> None:
        """Have every subscription there."""
        for store in self.stores.values():
            for topic in TOPICS:
                store.add(topic, OURS)

    def lose(self, shop: str = SHOP, topic: str = "orders/create") -> None:
        """Have the platform end a subscription."""
        hooks = self.stores[shop].hooks
        (number,) = [number for number, one in hooks.items() if one["topic"] == topic]
        del hooks[number]


def metric(name: str, **labels: str) -> float | None:
    """Return what a metric of the app is at."""
    return REGISTRY.get_sample_value(name, {"app": "watched", **labels})


def missing(topic: str = "orders/create") -> float | None:
    """Return in how many shops a topic's subscription is missing."""
    return metric("hookline_subscription_missing", topic=topic)


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    """A watch that makes no pauses between attempts."""
    monkeypatch.setattr(calls, "ATTEMPTS", 1)
    async with aiohttp.ClientSession() as session, stand_in("spiffy") as api:
        yield Watched(api, tmp_path, session)


async def test_what_is_all_there_is_left_alone(watched: Watched) -> None:
    watched.have_all()
    assert [] == await watched.look()
    assert (0, 0) == (missing(), metric("hookline_shops_not_asked"))
    assert {"GET"} == {call.split()[0] for call in watched.api.calls}
    assert metric("hookline_last_look_timestamp_seconds")


async def test_what_is_gone_is_put_back_and_what_could_not_come_is_told(watched: Watched) -> None:
    watched.have_all()
    await watched.look()
    before = metric("hookline_subscriptions_restored_total", topic="orders/create") or 0
    watched.lose()
    assert [
        ("subscription.restored", SHOP, "orders/create"),
        ("subscription.gap", SHOP, "orders/create"),
    ] == await watched.look()

    gap = watched.told("subscription.gap")
    assert gap["since"] <= gap["until"]
    assert gap["query"].startswith(f"GET https://{SHOP}/api/orders.json?created_at_min=2")
    assert {(topic, OURS) for topic in TOPICS} == watched.stores[SHOP].led_to()
    assert before + 1 == metric("hookline_subscriptions_restored_total", topic="orders/create")
    assert 0 == missing()
    assert [] == await watched.look()


async def test_what_was_never_seen_is_made_and_no_gap_is_made_up(watched: Watched) -> None:
    assert {"subscription.created"} == {event for event, *_ in await watched.look()}
    assert 4 == sum(len(store.hooks) for store in watched.stores.values())


async def test_what_cannot_be_put_back_is_missing_until_it_can(watched: Watched) -> None:
    watched.have_all()
    await watched.look()
    watched.lose()
    watched.api.trouble("POST", status(403, errors="approval is missing"))
    assert [("subscription.missing", SHOP, "orders/create")] == await watched.look()
    assert (1, 0) == (missing(), missing("carts/update"))
    assert watched.told("subscription.missing")["why"].endswith(": approval is missing")

    assert "subscription.restored" in {event for event, *_ in await watched.look()}
    assert 0 == missing()


async def test_what_leads_elsewhere_is_told_and_not_moved_back(watched: Watched) -> None:
    watched.have_all()
    watched.lose()
    watched.stores[SHOP].add("orders/create", "https://staging.example.com/in?token=t0ken")
    assert [("subscription.elsewhere", SHOP, "orders/create")] == await watched.look()
    assert "staging.example.com" == watched.told("subscription.elsewhere")["host"]
    assert 1 == missing()
    assert {"GET"} == {call.split()[0] for call in watched.api.calls}


async def test_what_somebody_led_elsewhere_and_back_has_a_gap(watched: Watched) -> None:
    watched.have_all()
    await watched.look()
    (hook, *_) = [
        one for one in watched.stores[SHOP].hooks.values() if one["topic"] == "orders/create"
    ]
    hook["address"] = "https://staging.example.com/"
    assert [("subscription.elsewhere", SHOP, "orders/create")] == await watched.look()
    hook["address"] = OURS
    assert [("subscription.gap", SHOP, "orders/create")] == await watched.look()


async def test_a_shop_that_was_away_from_the_list_is_a_new_one(watched: Watched) -> None:
    watched.have_all()
    both = watched.file.read_text()
    await watched.look()
    watched.file.write_text(TABLE.format(OTHER))
    await watched.look()
    watched.lose()
    watched.file.write_text(both)
    assert [("subscription.created", SHOP, "orders/create")] == await watched.look()


async def test_a_watch_of_one_shop_forgets_no_other(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.have_all()
    await watched.look()
    order = watched.watch._order
    assert order.is_of_all

    of_one = replace(order, shops=lambda: order.shops()[:1], is_of_all=False)
    monkeypatch.setattr(watched.watch, "_order", of_one)
    await watched.look()
    monkeypatch.setattr(watched.watch, "_order", order)
    watched.lose(OTHER)
    assert ("subscription.restored", OTHER, "orders/create") in await watched.look()


async def test_a_shop_that_cannot_be_asked_keeps_no_other_from_its_subscriptions(
    watched: Watched,
) -> None:
    watched.have_all()
    watched.lose(OTHER)
    del watched.api.shops[SHOP]
    assert {("subscriptions.not_asked", SHOP, ""), ("subscription.created", OTHER, TOPICS[1])} == {
        *await watched.look()
    }
    assert 1 == metric("hookline_shops_not_asked")


async def test_a_fault_of_ours_in_one_shop_keeps_no_other_from_its_subscriptions(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.have_all()
    watched.lose()
    watched.lose(OTHER)
    faults = [ZeroDivisionError("of all things")]
    as_ever = carrying_out.do

    async def do(client: Client, step: Step, wanted: Wanted) -> Held | None:
        if faults:
            raise faults.pop()
        return await as_ever(client, step, wanted)

    monkeypatch.setattr(module, "do", do)
    told = await watched.look()
    assert {"subscriptions.not_asked", "subscription.created"} == {event for event, *_ in told}
    why = watched.told("subscriptions.not_asked")["why"]
    assert "a fault of ours: ZeroDivisionError: of all things" == why
    assert 1 == metric("hookline_shops_not_asked")


async def test_shops_come_and_go_and_a_bad_file_leaves_the_last_ones(watched: Watched) -> None:
    watched.have_all()
    watched.file.write_text(TABLE.format(SHOP))
    await watched.look()
    assert 1 == watched.told("subscriptions.looked")["shops"]

    watched.file.write_text("[[shops")
    await watched.look()
    assert "HOOKLINE_SHOPS_LIST=" in watched.told("subscriptions.shops_not_read")["error"]
    assert 1 == watched.told("subscriptions.looked")["shops"]

    watched.file.write_text(TABLE.format(SHOP) + TABLE.format(OTHER))
    await watched.look()
    assert 2 == watched.told("subscriptions.looked")["shops"]


async def test_it_looks_again_and_again_until_it_is_told_to_stop(watched: Watched) -> None:
    watched.have_all()
    stop = asyncio.Event()
    running = asyncio.create_task(watched.watch.run(stop))
    looks = len(watched.stores) * 2
    while len(watched.api.calls) < 3 * looks:
        await set_or_later(stop, 0.001)
    stop.set()
    await running


async def test_a_fault_of_ours_ends_no_watch(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()
    faults = [ZeroDivisionError()]

    async def look() -> None:
        if faults:
            raise faults.pop()
        stop.set()

    monkeypatch.setattr(watched.watch, "look", look)
    with capture_logs() as logs:
        await watched.watch.run(stop)
    assert ["subscriptions.not_looked"] == [line["event"] for line in logs]
    assert stop.is_set()
