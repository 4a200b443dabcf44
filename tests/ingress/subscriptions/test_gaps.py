"""From when to when no webhook of a topic could come."""

import pytest

from ingress.subscriptions.apis import APIS
from ingress.subscriptions.gaps import Gap, Sightings, query
from ingress.subscriptions.held import Held

SHOP = "johns-apparel.spiffystores.com"
TOPIC = "orders/create"
HOUR = 3_600_000
NOON = 1_764_417_600_000  # 2025-11-29T12:00:00Z


def there(number: int = 1, created_ms: int | None = None) -> Held:
    """Return the subscription."""
    return Held(str(number), TOPIC, "https://hooks.example.com/", "json", created_ms)


def test_what_is_there_all_the_time_has_no_gap() -> None:
    seen = Sightings()
    assert [None, None] == [seen.saw(SHOP, there(), NOON + hour * HOUR) for hour in range(2)]


def test_what_is_put_back_has_a_gap_since_it_was_last_seen() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.missed(SHOP, TOPIC)
    seen.missed(SHOP, TOPIC)
    gap = Gap(SHOP, TOPIC, NOON, NOON + 2 * HOUR)
    assert gap == seen.restored(SHOP, there(2), NOON + 2 * HOUR)
    assert seen.saw(SHOP, there(2), NOON + 3 * HOUR) is None


def test_nobody_knows_since_when_what_was_never_seen_was_gone() -> None:
    assert Gap(SHOP, TOPIC, None, NOON) == Sightings().restored(SHOP, there(), NOON)


def test_what_somebody_else_put_back_has_a_gap_too() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.missed(SHOP, TOPIC)
    assert Gap(SHOP, TOPIC, NOON, NOON + HOUR) == seen.saw(SHOP, there(), NOON + HOUR)


@pytest.mark.parametrize(
    ("created_ms", "until_ms"),
    [
        (NOON + HOUR // 2, NOON + HOUR // 2),
        (None, NOON + HOUR),
        (NOON - HOUR, NOON + HOUR),
        (NOON + 2 * HOUR, NOON + HOUR),
    ],
)
def test_another_one_than_at_the_last_look_was_made_in_between(
    created_ms: int | None, until_ms: int
) -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    gap = seen.saw(SHOP, there(2, created_ms), NOON + HOUR)
    assert Gap(SHOP, TOPIC, NOON, until_ms) == gap


def test_shops_that_are_no_more_are_forgotten() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.forget_all_but(["another.spiffystores.com"])
    assert seen.restored(SHOP, there(2), NOON).since_ms is None


CREATED = "/api/orders.json?created_at_min={}&created_at_max={}&limit=50"
UPDATED = "/api/customers.json?updated_at_min={}&updated_at_max={}&limit=50"
PAID = "/admin/api/2026-07/orders.json?status=any&updated_at_min={}&updated_at_max={}&limit=250"
PRODUCTS = "/admin/api/2026-07/products.json?created_at_min={}&created_at_max={}&limit=250"
NOON_ON = "2025-11-29%2012:00:00"
ONE_ON = "2025-11-29%2013:00:01"
NOON_AT = "2025-11-29T12:00:00Z"
ONE_AT = "2025-11-29T13:00:01Z"


def asked_for(path: str, since: str, until: str) -> str:
    """Return the call."""
    return f"GET https://{SHOP}{path.format(since, until)}"


@pytest.mark.parametrize(
    ("platform", "topic", "asked"),
    [
        ("spiffy", "orders/create", asked_for(CREATED, NOON_ON, ONE_ON)),
        ("spiffy", "customers/update", asked_for(UPDATED, NOON_ON, ONE_ON)),
        ("shopify", "orders/paid", asked_for(PAID, NOON_AT, ONE_AT)),
        ("shopify", "products/create", asked_for(PRODUCTS, NOON_AT, ONE_AT)),
        ("shopify", "orders/delete", ""),
        ("shopify", "customers/redact", ""),
        ("spiffy", "carts/update", ""),
        ("spiffy", "app/uninstalled", ""),
    ],
)
def test_the_call_that_fills_a_gap_asks_for_what_was_made_or_changed_in_it(
    platform: str, topic: str, asked: str
) -> None:
    gap = Gap(SHOP, topic, NOON, NOON + HOUR + 2)
    assert asked == query(gap, APIS[platform], "2026-07")


def test_a_gap_whose_beginning_nobody_knows_has_no_such_call() -> None:
    assert "" == query(Gap(SHOP, TOPIC, None, NOON), APIS["spiffy"], "")
