"""Spiffy Stores' API of webhooks, as its knowledge base documents it (API_Webhook, Using_the_API)
and its gems use it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from time import time
from typing import Any

from multidict import MultiMapping

from tests.shop_apis.shop_store import NotTaken, ShopStore

PATH = "/api"
TOPICS = frozenset(
    {
        "carts/create",
        "carts/update",
        "customers/create",
        "customers/delete",
        "customers/disable",
        "customers/update",
        "orders/create",
        "orders/paid",
        "orders/updated",
        "app/uninstalled",
    }
)
USUAL_PAGE = 30
LARGEST_PAGE = 50


def is_known(store: ShopStore, headers: Mapping[str, str], authorization: str) -> bool:
    """Tell whether the credential is the shop's: Basic with a key, or Bearer with a token."""
    del headers
    return authorization == store.credential


def count_call(store: ShopStore) -> tuple[dict[str, str], bool]:
    """Count a call; return the headers that tell of the limit, and whether it is over that."""
    if time() >= store.until:
        store.left = store.limit
        store.until = time() + 300
    is_over = store.left <= 0
    store.left = max(0, store.left - 1)
    told = {
        "name": "API",
        "period": 300,
        "limit": store.limit,
        "remaining": store.left,
        "until": datetime.fromtimestamp(store.until, UTC).isoformat(),
    }
    return {"X-Ratelimit": json.dumps(told)}, is_over


def too_many() -> tuple[dict[str, str], Any]:
    """Return headers and body of 429; nothing says when to come again but X-Ratelimit."""
    return {}, {"errors": "Rate limit exceeded"}


def page(store: ShopStore, asked: MultiMapping[str], url: str) -> tuple[list[Any], dict[str, str]]:
    """Return a page by its number, and no headers."""
    del url
    size = min(int(asked.get("limit", USUAL_PAGE)), LARGEST_PAGE)
    first = (int(asked.get("page", "1")) - 1) * size
    return store.found(asked)[first : first + size], {}


def check(store: ShopStore, given: Mapping[str, Any]) -> None:
    """Raise NotTaken where a new subscription cannot be made."""
    errors: dict[str, list[str]] = {}
    for name in ("topic", "address"):
        if not given.get(name):
            errors[name] = ["can't be blank"]
    if given.get("topic") and given["topic"] not in store.topics:
        errors["topic"] = ["is not included in the list"]
    if any(one["topic"] == given.get("topic") for one in store.hooks.values()):
        errors["topic"] = ["has already been taken"]
    if not str(given.get("address", "http://")).startswith(("http://", "https://")):
        errors["address"] = ["is invalid"]
    if errors:
        raise NotTaken(422, errors)
