"""Shopify's REST Admin API of webhooks, as shopify.dev documents it (resources/webhook, usage/
rate-limits, usage/pagination), with the refusals that its users report.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from time import time
from typing import Any

from multidict import MultiMapping

from tests.shop_apis.shop_store import NotTaken, ShopStore

VERSION = "2026-07"
PATH = f"/admin/api/{VERSION}"
TOPICS = frozenset(
    {
        "app/uninstalled",
        "carts/create",
        "carts/update",
        "customer.tags_added",
        "customers/create",
        "orders/create",
        "orders/paid",
        "orders/updated",
        "products/update",
        "shop/update",
    }
)
USUAL_PAGE = 50
LARGEST_PAGE = 250
EMPTIES = 20
"""Seconds in which the bucket empties."""


def is_known(store: ShopStore, headers: Mapping[str, str], authorization: str) -> bool:
    """Tell whether the credential is the shop's: a token, or the key and password of a private
    app.
    """
    return store.credential in (headers.get("X-Shopify-Access-Token"), authorization)


def count_call(store: ShopStore) -> tuple[dict[str, str], bool]:
    """Count a call; return the header that tells how full the bucket is, and whether it is over."""
    now = time()
    leaked = (now - store.until + 300) / EMPTIES * store.limit
    if leaked >= 1:
        store.left = min(store.limit, store.left + int(leaked))
        store.until = now + 300
    is_over = store.left <= 0
    store.left = max(0, store.left - 1)
    used = store.limit - store.left
    return {"X-Shopify-Shop-Api-Call-Limit": f"{used}/{store.limit}"}, is_over


def too_many() -> tuple[dict[str, str], Any]:
    """Return headers and body of 429."""
    told = "Exceeded 2 calls per second for api client. Reduce request rates to resume."
    return {"Retry-After": "2.0"}, {"errors": told}


def page(store: ShopStore, asked: MultiMapping[str], url: str) -> tuple[list[Any], dict[str, str]]:
    """Return a page, and where the next one is. A mark goes with no other filter than `limit`."""
    if "page_info" in asked and set(asked) - {"page_info", "limit", "fields"}:
        raise NotTaken(400, {"page_info": ["Invalid value."]})
    size = min(int(asked.get("limit", USUAL_PAGE)), LARGEST_PAGE)
    after = int(b64decode(asked["page_info"])) if "page_info" in asked else 0

    hooks = [one for one in store.found(asked) if one["id"] > after]
    shown = hooks[:size]
    links = []
    if len(hooks) > size:
        mark = b64encode(str(shown[-1]["id"]).encode()).decode()
        links.append(f'<{url}?limit={size}&page_info={mark}>; rel="next"')
    if after:
        links.insert(0, f'<{url}?limit={size}&page_info=MA==>; rel="previous"')
    return [_with_more(one) for one in shown], {"Link": ", ".join(links)} if links else {}


def check(store: ShopStore, given: Mapping[str, Any]) -> None:
    """Raise NotTaken where a new subscription cannot be made."""
    topic, address = given.get("topic"), str(given.get("address", ""))
    if topic not in store.topics:
        allowed = ", ".join(sorted(store.topics))
        told = f"Invalid topic specified: {topic}. Does it exist? Is there a missing access scope?"
        raise NotTaken(422, {"topic": [f"{told} Topics allowed: {allowed}"]})
    if not address.startswith("https://"):
        raise NotTaken(422, {"address": ["protocol http:// is not supported"]})
    if (topic, address) in store.led_to():
        raise NotTaken(422, {"address": ["for this topic has already been taken"]})


def _with_more(hook: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, list[str]] = {"fields": [], "metafield_namespaces": []}
    return {**hook, **more, "api_version": VERSION, "private_metafield_namespaces": []}
