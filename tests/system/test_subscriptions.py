"""`hookline-ingress subscriptions` as a process, against the stand-in of a platform's API."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.shop_apis.shop_store import ShopStore
from tests.shop_apis.stand_in import StandIn, stand_in, status, then_slow
from tests.system.processes import BIN, environment, finished, started
from tests.system.waiting import until

SHOP = "johns-apparel"
TOKEN = "t0ken-0f-j0hn"
OURS = "https://hooks.example.com/webhooks/spiffy"
EARLIER = "https://old.example.com/webhooks/spiffy"
CONSUMERS = """
from workers import Delivery, consumer

@consumer("orders/create", "orders/paid")
async def erp(delivery: Delivery[bytes]) -> None: ...

@consumer("carts/*")
async def carts(delivery: Delivery[bytes]) -> None: ...
"""


class Street:
    """The shops of a platform, and commands for them."""

    def __init__(self, api: StandIn, folder: Path) -> None:
        self.api = api
        self.folder = folder
        self.domain = {"spiffy": "spiffystores.com", "shopify": "myshopify.com"}[api.platform]
        self.settings: dict[str, str | None] = {
            "AMQP_URL": None,
            "PLATFORM": api.platform,
            "ADDRESS": OURS,
            "TOPICS": "orders/create,orders/paid",
            "SHOPS_LIST": str(folder / "shops.toml"),
            "API_URL": api.url,
        }

    def shops(self, **credentials: str) -> dict[str, ShopStore]:
        """Have shops; the file has these credentials, the platform knows one token."""
        stores = {}
        text = ""
        for name, credential in credentials.items():
            host = f"{name}.{self.domain}"
            stores[name] = self.api.shop(host, TOKEN)
            text += f'[[shops]]\nshop = "{host}"\ncredential = "{credential}"\n'
        (self.folder / "shops.toml").write_text(text)
        return stores

    def environment(self, **settings: str | None) -> dict[str, str]:
        """Return the environment of a command."""
        return environment("", **{**self.settings, **settings})

    async def run(self, *arguments: str, **settings: str | None) -> tuple[int, str, str]:
        """Run a command to its end; no secret is in what it prints."""
        env = self.environment(**settings)
        told = await finished(
            "hookline-ingress", "subscriptions", *arguments, env=env, cwd=self.folder
        )
        assert TOKEN not in told[1] + told[2]
        assert "Traceback" not in told[2]
        return told


@pytest.fixture(params=["spiffy", "shopify"])
async def street(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Street]:
    """A street of shops on each platform."""
    async with stand_in(request.param) as api:
        yield Street(api, tmp_path)


@pytest.fixture
async def spiffy(tmp_path: Path) -> AsyncIterator[Street]:
    """A street of shops on one platform, for what is the same on both."""
    async with stand_in("spiffy") as api:
        yield Street(api, tmp_path)


def rows(out: str) -> list[tuple[str, ...]]:
    """Return shop, topic and action of each line of a table, whatever stands behind."""
    return [tuple(line.split()[:3]) for line in out.splitlines()[1:]]


async def test_a_plan_tells_what_differs_a_sync_does_it_and_then_nothing_differs(
    street: Street,
) -> None:
    stores = street.shops(john=TOKEN, mary=TOKEN)
    stores["john"].add("orders/create", EARLIER)
    stores["mary"].add("app/uninstalled", OURS)
    john, mary = (f"{name}.{street.domain}" for name in ("john", "mary"))
    street.api.trouble("GET", status(503, {"Retry-After": "0"}))

    code, out, err = await street.run("plan")
    assert [
        (john, "orders/create", "move"),
        (john, "orders/paid", "create"),
        (mary, "app/uninstalled", "foreign"),
        (mary, "orders/create", "create"),
        (mary, "orders/paid", "create"),
    ] == rows(out)
    assert (3, "2 shops: 3 to create, 1 to move, 1 foreign\n") == (code, err)
    assert f"from {EARLIER}" in out

    code, _, err = await street.run("sync")
    assert (0, "3 created, 1 moved") == (code, err.splitlines()[-1])
    wanted = {("orders/create", OURS), ("orders/paid", OURS)}
    assert wanted == stores["john"].led_to()
    assert wanted | {("app/uninstalled", OURS)} == stores["mary"].led_to()

    assert (0, "2 shops: 4 as wanted, 1 foreign\n") == (await street.run("plan"))[::2]
    assert 3 == (await street.run("plan", "--prune"))[0]
    assert (0, "1 deleted") == _end(await street.run("sync", "--prune", "--shop", mary))

    assert (0, "2 deleted") == _end(await street.run("delete", "--shop", john))
    assert (set(), wanted) == (stores["john"].led_to(), stores["mary"].led_to())


def _end(told: tuple[int, str, str]) -> tuple[int, str]:
    """Return the exit code, and the last line that was said."""
    code, _, err = told
    return code, err.splitlines()[-1]


async def test_what_fails_is_told_whole_and_the_rest_is_done(street: Street) -> None:
    stores = street.shops(john=TOKEN, mary="an0ther", paul=TOKEN)
    del street.api.shops[f"paul.{street.domain}"]
    topics = "orders/create,coupons/create"
    code, out, err = await street.run("sync", "--json", TOPICS=topics)
    assert 1 == code

    told = [json.loads(line) for line in out.splitlines()]
    failures = {one["shop"]: one["failure"] for one in told if "failure" in one}
    assert failures[f"mary.{street.domain}"].startswith("the credential is not taken (401)")
    assert failures[f"paul.{street.domain}"].startswith("there is no such shop")
    done = {one["topic"]: one["why"] for one in told if "done" in one}
    assert "" == done["orders/create"]
    assert done["coupons/create"].startswith("refused (422): topic ")
    assert "1 created, 1 not done" == err.splitlines()[-1]
    assert {("orders/create", OURS)} == stores["john"].led_to()


async def test_topics_are_those_of_consumers_by_their_own_command_or_what_it_wrote(
    spiffy: Street,
) -> None:
    spiffy.shops(john=TOKEN)
    (spiffy.folder / "mine.py").write_text(CONSUMERS)
    env = spiffy.environment()
    _, document, _ = await finished("hookline-workers", "docs", "mine", env=env, cwd=spiffy.folder)
    (spiffy.folder / "asyncapi.json").write_text(document)

    topics = "orders/create,orders/paid,carts/update,customers/create"
    for given in (("--consumers", "mine"), ("--asyncapi", "asyncapi.json")):
        _, out, _ = await spiffy.run("plan", *given, TOPICS=topics)
        assert ["carts/update", "orders/create", "orders/paid"] == [row[1] for row in rows(out)]

    code, _, err = await spiffy.run("plan", "--asyncapi", "asyncapi.json", TOPICS=None)
    assert (2, True) == (code, "a consumer takes carts/*, and no platform can be asked" in err)
    code, _, err = await spiffy.run("plan", "--consumers", "nobodys")
    assert (2, True) == (code, "module 'nobodys' cannot be imported" in err)


async def test_what_is_wrong_is_told_before_any_shop_is_asked(spiffy: Street) -> None:
    spiffy.shops(john=TOKEN)
    code, out, err = await spiffy.run("sync", "--app", "another", SHOPS_LIST=None)
    assert (2, "", "--app another: not configured; there are spiffy\n") == (code, out, err)
    code, out, err = await spiffy.run("watch", ADDRESS=None)
    assert (2, "") == (code, out)
    assert err.startswith("where is spiffy to be posted to? HOOKLINE_ADDRESS is not set, nor ")
    assert [] == spiffy.api.calls


async def test_one_shop_needs_no_file_and_one_topic_no_list(spiffy: Street) -> None:
    stores = spiffy.shops(john=TOKEN)
    (spiffy.folder / "token").write_text(TOKEN)
    given = {"TOPICS": None, "SHOPS_LIST": None}
    host = f"john.{spiffy.domain}"
    told = await spiffy.run(
        "sync", "--shop", host, "--topic", "carts/update", "--format", "xml",
        SHOP_CREDENTIAL_FILE=str(spiffy.folder / "token"), **given,
    )  # fmt: skip
    assert (0, "1 created") == _end(told)
    assert ["xml"] == [one["format"] for one in stores["john"].hooks.values()]


async def test_a_sync_that_is_killed_is_finished_by_the_next(street: Street) -> None:
    store = street.shops(john=TOKEN)["john"]
    never = asyncio.Event()
    street.api.trouble("POST", then_slow(never))
    command = ["hookline-ingress", "subscriptions", "sync"]
    async with started(command, street.environment(), street.folder) as process:

        async def has_made_one() -> bool:
            return bool(store.hooks)

        await until(has_made_one)
        process.signal(signal.SIGKILL)
        await process.ended()
    never.set()
    assert 1 == len(store.hooks)
    assert (0, "1 created") == _end(await street.run("sync"))
    assert {("orders/create", OURS), ("orders/paid", OURS)} == store.led_to()


async def test_on_a_terminal_it_shows_how_far_it_is_and_asks_first(spiffy: Street) -> None:
    stores = spiffy.shops(john=TOKEN)
    terminal, theirs = os.openpty()
    command = (BIN / "hookline-ingress", "subscriptions", "sync")
    env = spiffy.environment()
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = ""
    while "do it? [y/N]" not in shown:
        shown += (await asyncio.to_thread(os.read, terminal, 500)).decode()
    assert {} == stores["john"].hooks
    assert "█ 1 of 1 shops looked at" in shown

    os.write(terminal, b"y\n")
    assert 0 == await asyncio.wait_for(process.wait(), 30)
    os.close(terminal)
    assert 2 == len(stores["john"].hooks)


async def test_a_watch_puts_back_what_the_platform_ended_until_it_is_stopped(
    spiffy: Street,
) -> None:
    store = spiffy.shops(john=TOKEN)["john"]
    for topic in ("orders/create", "orders/paid"):
        store.add(topic, OURS)
    sightings = spiffy.folder / "spiffy.sightings.json"
    env = spiffy.environment(LOOK_EVERY="0.1", SIGHTINGS=str(spiffy.folder))
    command = ["hookline-ingress", "subscriptions", "watch"]
    async with started(command, env, spiffy.folder) as process:
        told = await process.event("subscriptions.started")
        await process.event("subscriptions.looked", missing=0, shops=1)
        store.hooks.clear()
        for topic in ("orders/create", "orders/paid"):
            await process.event("subscription.restored", topic=topic)
        gap = await process.event("subscription.gap", topic="orders/create")
        assert gap["query"].startswith(f"GET https://john.{spiffy.domain}/api/orders.json?")
        assert {("orders/create", OURS), ("orders/paid", OURS)} == store.led_to()

        page = f"http://127.0.0.1:{told['admin_port']}"
        async with aiohttp.ClientSession() as session:

            async def is_ready() -> bool:
                async with session.get(f"{page}/readyz") as answer:
                    return answer.status == 200

            await until(is_ready)
            async with session.get(f"{page}/metrics") as answer:
                metrics = await answer.text()
        topic = 'app="spiffy",topic="orders/create"'
        assert f"hookline_subscription_missing{{{topic}}} 0.0" in metrics
        assert f"hookline_subscriptions_restored_total{{{topic}}} 1.0" in metrics

        process.signal(signal.SIGTERM)
        assert 0 == await process.ended()
        assert TOKEN not in sightings.read_text()
        assert "subscriptions.stopped" == process.logs[-1]["event"]
        assert TOKEN not in process.written

    # The platform ends one while nobody looks: the next watch knows since when.
    store.hooks.clear()
    async with started(command, env, spiffy.folder) as process:
        gap = await process.event("subscription.gap", topic="orders/create")
        assert "" != gap["since"] <= gap["until"]


async def test_a_watch_that_waits_for_a_platform_ends_at_once_when_it_is_told_to(
    spiffy: Street,
) -> None:
    spiffy.shops(john=TOKEN)
    spiffy.api.trouble("GET", status(429, {"Retry-After": "500"}))
    command = ["hookline-ingress", "subscriptions", "watch"]
    async with started(command, spiffy.environment(), spiffy.folder) as process:
        await process.event("subscriptions.started")

        async def is_asked() -> bool:
            return bool(spiffy.api.calls)

        await until(is_asked)
        process.signal(signal.SIGINT)
        assert 0 == await process.ended()
