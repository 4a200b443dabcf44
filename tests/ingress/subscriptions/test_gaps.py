"""The call that lists what was made or changed in a gap."""

import pytest

from ingress.subscriptions.apis import APIS
from ingress.subscriptions.gaps import Gap, query

SHOP = "johns-apparel.spiffystores.com"
TOPIC = "orders/create"
HOUR = 3_600_000
NOON = 1_764_417_600_000  # 2025-11-29T12:00:00Z


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
