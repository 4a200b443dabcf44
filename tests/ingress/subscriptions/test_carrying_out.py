"""What is planned is done in each shop and for each topic, whatever becomes of the others."""

import asyncio
from functools import partial
from unittest.mock import patch

import pytest

from ingress.subscriptions.apis import APIS
from ingress.subscriptions.carrying_out import AT_ONCE, Did, carry_out, for_each, look
from ingress.subscriptions.held import Held
from ingress.subscriptions.plan import Step, Wanted, plan, plan_end
from ingress.subscriptions.shop import Shop
from tests.ingress.subscriptions.conftest import Counter
from tests.shop_apis.stand_in import (
    Trouble,
    another_address,
    cut_off,
    keep_format,
    lose_answer,
    status,
)

OURS = "https://hooks.example.com/webhooks/spiffy"
EARLIER = "https://old.example.com/webhooks/spiffy"
TOPICS = frozenset({"orders/create", "orders/paid", "carts/update"})
CREATE = "POST /webhooks.json"
SPIFFY = APIS["spiffy"]


async def sync(counter: Counter, wanted: Wanted, *, prune: bool = False) -> list[Did]:
    """Look at the shop, and do what is to be done."""
    client = counter.client()
    decide = partial(plan, wanted, api=APIS[counter.api.platform], prune=prune)
    looked = await look(client, counter.name, decide)
    assert "" == looked.failure
    return await carry_out(client, looked, wanted)


def failures(did: list[Did]) -> dict[str, str]:
    """Return what was not done, and why."""
    return {one.step.topic: one.failure for one in did if one.failure}


async def test_a_shop_has_what_is_wanted_and_a_second_time_nothing_is_done(
    counter: Counter,
) -> None:
    counter.store.add("orders/paid", EARLIER)
    wanted = Wanted(TOPICS, OURS)
    assert 3 == len(await sync(counter, wanted))
    assert {(topic, OURS) for topic in TOPICS} == counter.store.led_to()

    counter.api.calls.clear()
    assert [] == await sync(counter, wanted)
    assert {"GET"} == {call.split()[0] for call in counter.api.calls}


async def test_a_topic_that_is_refused_keeps_no_other_from_its_subscription(
    counter: Counter,
) -> None:
    wanted = Wanted(TOPICS | {"coupons/create"}, OURS)
    told = failures(await sync(counter, wanted))
    assert ["coupons/create"] == [*told]
    assert told["coupons/create"].startswith("refused (422): topic ")
    assert {(topic, OURS) for topic in TOPICS} == counter.store.led_to()


@pytest.mark.parametrize("trouble", [lose_answer, cut_off], ids=["no answer", "cut off"])
async def test_what_was_made_though_nobody_heard_of_it_is_not_made_twice(
    counter: Counter, trouble: Trouble
) -> None:
    counter.api.trouble(CREATE, trouble)
    assert {} == failures(await sync(counter, Wanted(TOPICS, OURS)))
    assert 3 == len(counter.store.hooks)
    assert 4 == counter.api.calls.count(CREATE)


async def test_what_is_taken_by_another_is_told(counter: Counter) -> None:
    taken = status(422, errors={"topic": ["has already been taken"]})
    counter.api.trouble(CREATE, taken)
    told = failures(await sync(counter, Wanted(frozenset({"orders/create"}), OURS)))
    assert "refused (422): topic has already been taken" == told["orders/create"]


async def test_a_platform_that_makes_something_else_of_it_is_not_believed(
    counter: Counter,
) -> None:
    counter.api.trouble(CREATE, another_address)
    told = failures(await sync(counter, Wanted(frozenset({"orders/create"}), OURS)))
    assert "the platform made it lead to http://elsewhere.example/" == told["orders/create"]


async def test_a_format_that_the_platform_keeps_is_told(counter: Counter) -> None:
    counter.store.add("orders/create", OURS)
    counter.api.trouble("PUT", keep_format)
    told = failures(await sync(counter, Wanted(frozenset({"orders/create"}), OURS, "xml")))
    assert "the platform keeps the format json" == told["orders/create"]


async def test_a_failure_that_passes_costs_nothing(counter: Counter) -> None:
    counter.store.add("orders/paid", EARLIER)
    for call in (CREATE, "PUT"):
        counter.api.trouble(call, status(500), status(429))
    assert {} == failures(await sync(counter, Wanted(TOPICS, OURS)))
    assert {(topic, OURS) for topic in TOPICS} == counter.store.led_to()


async def test_a_format_that_is_asked_for_is_changed(counter: Counter) -> None:
    counter.store.add("orders/create", OURS)
    assert {} == failures(await sync(counter, Wanted(frozenset({"orders/create"}), OURS, "xml")))
    assert ["xml"] == [one["format"] for one in counter.store.hooks.values()]


async def test_what_is_foreign_stays_unless_it_is_to_go(counter: Counter) -> None:
    counter.store.add("app/uninstalled", "https://theirs.example.com/")
    wanted = Wanted(frozenset({"orders/create"}), OURS)
    await sync(counter, wanted)
    assert ("app/uninstalled", "https://theirs.example.com/") in counter.store.led_to()
    await sync(counter, wanted, prune=True)
    assert {("orders/create", OURS)} == counter.store.led_to()


async def test_an_end_takes_what_is_ours(counter: Counter) -> None:
    counter.store.add("orders/create", OURS)
    counter.store.add("app/uninstalled", EARLIER)
    client = counter.client()
    looked = await look(client, counter.name, partial(plan_end, OURS))
    assert [""] == [one.failure for one in await carry_out(client, looked, Wanted(TOPICS, OURS))]
    assert {("app/uninstalled", EARLIER)} == counter.store.led_to()


async def test_a_shop_that_cannot_be_asked_has_nothing_done_to_it(counter: Counter) -> None:
    looked = await look(counter.client("an0ther"), counter.name, partial(plan_end, OURS))
    assert ([], True) == (looked.steps, looked.failure.startswith("the credential is not taken"))


async def test_a_fault_of_ours_in_one_shop_is_that_shops_failure(counter: Counter) -> None:
    def decide(_: list[Held]) -> list[Step]:
        raise ZeroDivisionError("of all things")

    looked = await look(counter.client(), counter.name, decide)
    assert ([], "a fault of ours: ZeroDivisionError: of all things") == looked[1:]


async def test_a_fault_of_ours_in_one_step_keeps_no_other_from_being_done(
    counter: Counter,
) -> None:
    client = counter.client()
    looked = await look(client, counter.name, partial(plan, Wanted(TOPICS, OURS), api=SPIFFY))
    create = client.create

    async def creating(topic: str, address: str, format_: str) -> Held:
        if topic == "orders/paid":
            raise ZeroDivisionError("of all things")
        return await create(topic, address, format_)

    with patch.object(client, "create", creating):
        did = await carry_out(client, looked, Wanted(TOPICS, OURS))
    assert {"orders/paid": "a fault of ours: ZeroDivisionError: of all things"} == failures(did)
    assert {("carts/update", OURS), ("orders/create", OURS)} == counter.store.led_to()


async def test_several_shops_are_asked_at_once_and_not_all() -> None:
    shops = [Shop(shop=f"shop{number}.example.com", credential="x") for number in range(20)]
    running = 0
    most = 0
    told: list[int] = []

    async def act(shop: Shop) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1
        return shop.shop

    done = await for_each(shops, act, lambda: told.append(1))
    assert [shop.shop for shop in shops] == done
    assert (AT_ONCE, 20) == (most, len(told))
