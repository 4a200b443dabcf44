"""Shops at a real door: limited, refused by name, and known by one name."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ingress.limit_findings import findings_of_limits
from ingress.registration import App
from ingress.shop_check import shop_check
from ingress.signature import sign
from tests.ingress.door import BODY, SHOP, Door, opened_door

APPS = {
    "slow": App(name="slow", secrets="hush", shop_rate="2/h"),
    "guarded": App(name="guarded", secrets="hush", address_rate="3/h"),
    "once": App(name="once", secrets="hush", platform="woocommerce", shop_rate="1/h"),
    "choosy": App(
        name="choosy",
        secrets="hush",
        shops=r"[a-z-]+\.spiffystores\.com",
        refused_shops=["Noisy.SpiffyStores.com.", "Loud.Example.com"],
        domains={"Shop.Example.com": SHOP, "loud.example.com": "loud.spiffystores.com"},
    ),
}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door with those apps."""
    async for opened in opened_door(APPS):
        yield opened


async def post(door: Door, app: str, shop: str = SHOP, **headers: str) -> tuple[int, Any, Any]:
    """Post a webhook of a shop; return status, code, and when to come again."""
    status, content, told = await door.post(
        f"/webhooks/{app}", X_Spiffy_Shop_Domain=shop, **headers
    )
    return status, content.get("error"), told.get("Retry-After")


async def test_a_shop_over_its_rate_is_answered_429_and_others_go_on(door: Door) -> None:
    assert [200, 200] == [(await post(door, "slow"))[0] for _ in range(2)]
    status, code, again = await post(door, "slow")
    assert (429, "shop_limited") == (status, code)
    assert 1700 < int(again) <= 1800
    # However it is written, it is the same shop.
    assert 429 == (await post(door, "slow", SHOP.upper()))[0]
    assert 200 == (await post(door, "slow", "b.spiffystores.com"))[0]


async def test_a_platform_that_sends_nothing_again_is_not_told_when(door: Door) -> None:
    headers = {
        "X_WC_Webhook_Topic": "order.created",
        "X_WC_Webhook_Source": "https://shop.example/",
        "X_WC_Webhook_Signature": sign(BODY, b"hush"),
    }
    assert 200 == (await post(door, "once", **headers))[0]
    assert (429, "shop_limited", None) == await post(door, "once", **headers)


async def test_an_address_that_proves_nothing_is_answered_429_and_one_that_signs_is_not_limited(
    door: Door,
) -> None:
    assert {200} == {(await post(door, "guarded"))[0] for _ in range(5)}
    forged = {"X_Spiffy_Hmac_Sha256": sign(BODY, b"no")}
    codes = [(await post(door, "guarded", **forged))[1] for _ in range(5)]
    assert ["bad_signature"] * 3 + ["address_limited"] * 2 == codes
    status, code, again = await post(door, "guarded")
    assert (429, "address_limited") == (status, code)
    assert 0 < int(again) <= 1200


async def test_a_shop_is_refused_by_name_but_only_where_it_is_proven(door: Door) -> None:
    for shop in ("noisy.spiffystores.com", "loud.example.com", "loud.spiffystores.com"):
        assert (403, "shop_refused", None) == await post(door, "choosy", shop)
    forged = await post(
        door, "choosy", "noisy.spiffystores.com", X_Spiffy_Hmac_Sha256=sign(BODY, b"no")
    )
    assert (401, "bad_signature", None) == forged
    assert [] == door.broker.published


@pytest.mark.parametrize("written", ["shop.example.com", "SHOP.example.com.", SHOP, SHOP.upper()])
async def test_a_shop_has_one_name_and_one_bucket_however_it_is_written(
    door: Door, written: str
) -> None:
    assert 200 == (await post(door, "choosy", written))[0]
    (webhook,) = door.broker.published
    assert SHOP == webhook.shop
    assert written == webhook.headers["x-spiffy-shop-domain"]


def test_a_domain_that_is_not_listed_is_no_shop_of_the_app() -> None:
    check = shop_check(APPS["choosy"])
    assert SHOP == check("shop.example.com")
    with pytest.raises(Exception, match="bad_shop"):
        check("another.example.com")


WRONG = [
    ({"domains": "shop.example.com"}, "domain=shop is wanted"),
    ({"domains": {"shop.example.com": 7}}, "a table of texts is wanted, and a number is in it"),
    ({"domains": {"": SHOP}}, "'' is no name of a shop"),
    ({"refused_shops": "a b"}, "'a b' is no name of a shop"),
    ({"refused_shops": 7}, "a list of texts or a comma-separated text is wanted"),
    ({"shop_rate": "60"}, "'60' is no rate: write 10/s, 60/m"),
    ({"address_rate": 60}, "a text is wanted, such as 60/m, not a number"),
]


@pytest.mark.parametrize(("setting", "told"), WRONG)
def test_what_cannot_be_said_of_shops_is_refused(setting: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        App(name="one", secrets="x", **setting)
    assert told in str(caught.value)


def test_domains_can_stand_in_a_text() -> None:
    app = App(name="one", secrets="x", domains=f"A.example={SHOP}, b.example={SHOP}")
    assert {"a.example": SHOP, "b.example": SHOP} == app.domains


def test_a_limit_is_advised_against_where_the_platform_sends_nothing_again() -> None:
    (finding,) = findings_of_limits(APPS)
    assert "app once: woocommerce sends nothing again that shop_rate refuses" == finding.told
    assert not finding.is_wrong
