"""A sample mess for the console: webhooks of which some die, some wait, some lie unrouted."""

import hmac
import json
import random
import time
import urllib.request
from base64 import b64encode
from typing import Any

from deploy.stack import SECRET, Stack

SHOPS = tuple(
    f"{name}.spiffystores.com"
    for name in ("johns-apparel", "northwind-tea", "lumen-lamps", "fern-and-fig", "old-mill-bread")
)
Body = dict[str, Any]


def order(number: int, **more: Any) -> Body:
    """Return an order's body."""
    return {
        "id": 1_000 + number,
        "name": f"#{1_000 + number}",
        "total_price": f"{20 + number % 80}.90",
        "currency": "AUD",
        "email": "jane.doe@example.com",
        "tax_lines": [{"title": "GST", "price": "2.90"}],
        "billing_address": {"name": "Jane Doe", "city": "Hobart", "zip": "7000"},
        "line_items": [{"sku": f"LAMP-{number % 7}", "quantity": 1 + number % 3}],
    } | more


def post(running: Stack, topic: str, content: Body, shop: str = SHOPS[0]) -> None:
    """Post a webhook as the platform does."""
    body = json.dumps(content).encode()
    signature = b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    headers = {
        "X-Spiffy-Topic": topic,
        "X-Spiffy-Shop-Domain": shop,
        "X-Spiffy-Hmac-Sha256": signature,
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(running.address, body, headers)  # noqa: S310 - our own, on the loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        answer.read()


def make(running: Stack) -> None:
    """Make the mess."""
    pause = ("pause", "newsletter", "--for", "2h", "--by", "jane", "--reason", "the list is moving")
    running.run("hookline-workers", *pause)
    lots = random.Random(7)  # noqa: S311 - no secret
    for number in range(60):
        shop = lots.choice(SHOPS)
        post(running, "orders/create", order(number), shop)
        if number % 4 == 0:
            untaxed = order(number)
            del untaxed["tax_lines"]
            post(running, "orders/create", untaxed, shop)
        if number % 9 == 0:
            post(running, "orders/create", order(number, note="slow"), shop)
        if number % 8 == 0:
            post(running, "orders/create", order(number, note="busy"), shop)
        if number % 10 == 0:
            post(running, "customer_credits/create", {"id": number, "amount": "5.00"}, shop)
            post(running, "customers/create", {"id": number, "email": "a@example.com"}, shop)
            post(running, "refunds/create", {"id": number}, shop)


def go_on(running: Stack, seconds: float) -> None:
    """Post an order now and then, for so long."""
    lots = random.Random()  # noqa: S311 - no secret
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number = lots.randrange(10_000)
        post(running, "orders/create", order(number), lots.choice(SHOPS))
        time.sleep(lots.uniform(0.1, 0.6))
