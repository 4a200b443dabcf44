"""What a proven request means, where headers do not say all of it."""

from typing import Any

import orjson
import pytest

from ingress.meaning import MAX_ECHO, Greeted, completed, shop_name
from ingress.platform import Shops
from ingress.platforms import PLATFORMS
from tests.ingress.platform_bodies import SAMPLES


def said(name: str, body: Any, **headers: str) -> tuple[str, str, str]:
    """Return topic, shop and id that a request of a platform says, for an app called `test`."""
    platform = PLATFORMS[name]
    written = {key.replace("_", "-"): value for key, value in headers.items()}
    claims = completed(platform, platform.read(written.items()), body, "test")
    return claims.topic, claims.shop, claims.delivery_id


def of(name: str) -> Any:
    """Return the sample body of a platform."""
    return orjson.loads(SAMPLES[name].body)


SAID = [
    (
        said("github", of("github"), X_GitHub_Event="issues", X_GitHub_Delivery="72d3162e"),
        ("issues/opened", "octocat", "72d3162e"),
    ),
    (
        said("github", {"organization": {"login": "acme"}}, X_GitHub_Event="push"),
        ("push/event", "acme", ""),
    ),
    (
        said("stripe", of("stripe")),
        (
            "customer-subscription.created",
            "acct_1032D82eZvKYlo2C",
            "evt_1NG8Du2eZvKYlo2CUI79vXWy",
        ),
    ),
    (said("stripe", {"type": "invoice.paid"}), ("invoice.paid", "test", "")),
    (
        said("paddle", of("paddle")),
        ("transaction.completed", "test", "ntf_01hv8wptvr7ytasgsrxezbfebn"),
    ),
    (
        said("slack", of("slack")),
        ("event_callback/reaction_added", "T061EG9R6", "Ev9UQ52YNA"),
    ),
    (said("slack", {"type": "app_rate_limited"}), ("app_rate_limited/event", "", "")),
    (said("bigcommerce", of("bigcommerce")), ("order/status_updated", "abcde", "")),
    (said("square", []), ("", "", "")),
    (said("square", {"type": ["x"], "merchant_id": True}), ("", "", "")),
    (said("square", {"type": None, "merchant_id": 7}), ("", "7", "")),
]


@pytest.mark.parametrize(("told", "expected"), SAID)
def test_topic_shop_and_id_come_from_where_the_platform_says_them(
    told: tuple[str, str, str], expected: tuple[str, str, str]
) -> None:
    assert expected == told


def greeted(name: str, body: Any, **headers: str) -> tuple[str, Any]:
    """Return how a request that is no webhook is answered."""
    with pytest.raises(Greeted) as caught:
        said(name, body, **headers)
    return caught.value.kind, caught.value.content


def test_a_ping_is_answered_and_is_no_webhook() -> None:
    ping = ("ping", {"ping": "pong"})
    assert ping == greeted("github", {"zen": "Design for failure."}, X_GitHub_Event="ping")
    assert ping == greeted("stripe", {"type": "v2.core.event_destination.ping"})


def test_a_challenge_is_answered_with_itself() -> None:
    body = {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV"}
    expected = ("challenge", {"challenge": "3eZbrw1aBm2rZgRNFdxV"})
    assert expected == greeted("slack", body)


@pytest.mark.parametrize("echo", ["", None, {"a": 1}, "x" * (MAX_ECHO + 1)])
def test_a_challenge_that_is_none_is_not_answered(echo: Any) -> None:
    body = {"type": "url_verification", "challenge": echo}
    assert ("url_verification/event", "", "") == said("slack", body)


SHOPS = [
    (Shops.HOSTS, "Johns-Apparel.SpiffyStores.com.", "johns-apparel.spiffystores.com"),
    (Shops.HOSTS, "johns-apparel.spiffystores.com", "johns-apparel.spiffystores.com"),
    (Shops.URLS, "https://Shop.Example/", "shop.example"),
    (Shops.URLS, "http://Shop.Example./Blog/", "shop.example/Blog"),
    (Shops.URLS, "shop.example:8443", "shop.example:8443"),
    (Shops.ACCOUNTS, "acct_1032D82eZvKYlo2C", "acct_1032D82eZvKYlo2C"),
]


@pytest.mark.parametrize(("shops", "told", "name"), SHOPS)
def test_a_shop_has_one_name_however_it_is_written(shops: Shops, told: str, name: str) -> None:
    assert name == shop_name(shops, told)
