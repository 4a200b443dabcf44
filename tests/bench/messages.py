"""Bodies and messages: an order of 1.5 kB, dressed for HTTP, and as each worker's own publisher
would send it.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from time import time
from typing import Any

import orjson
from pamqp.commands import Basic

from ingress.platforms import PLATFORMS
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.bench.queues import PLACE

SECRET, SHOP, TOPIC = "hush", "johns-apparel.spiffystores.com", "orders/create"
EACH_ITS_OWN = f"shop-{PLACE.decode()}.spiffystores.com"
"""A shop for each webhook."""
SIZE = 1500
"""Bytes of the usual body."""
MOMENT = "@" * 19
"""The load program writes the time of sending over it."""
_ORDER = Path(__file__).parents[2] / "examples/bodies/order.json"
_SPARE = (
    "billing_address",
    "tax_lines",
    "note_attributes",
    "shipping_lines",
    "line_items",
    "customer",
)


def order(size: int = SIZE) -> bytes:
    """Return the example order, cut or padded to a size in bytes; its id is the place of the
    message's number.
    """
    fields = orjson.loads(_ORDER.read_bytes()) | {"id": int(PLACE), "note": ""}
    for name in _SPARE:
        if len(orjson.dumps(fields)) > size:
            del fields[name]
    if len(orjson.dumps(fields)) > size:  # the smallest order that is one
        fields = {"id": int(PLACE), "name": "#1045", "note": ""}
    fields["note"] = "x" * (size - len(orjson.dumps(fields)))
    return orjson.dumps(fields)


def request(body: bytes, topic: str = TOPIC, *, signed: bool = True, more: str = "") -> bytes:
    """Return a whole HTTP request as the platform sends it; `more` are further header lines."""
    signature = b64encode(
        hmac.digest(SECRET.encode() if signed else b"wrong", body, "sha256")
    ).decode()
    head = (
        f"POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Spiffy-Topic: {topic}\r\nX-Spiffy-Shop-Domain: {SHOP}\r\n"
        f"X-Spiffy-Hmac-Sha256: {signature}\r\n"
        f"User-Agent: SpiffyStores/1.0\r\nAccept: */*\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests_file(path: Path, requests: Iterable[bytes]) -> Path:
    """Write requests as the load program reads them."""
    path.write_bytes(b"".join(b"%010d" % len(one) + one for one in requests))
    return path


def webhook(app: str, body: bytes, shop: str = SHOP) -> Basic.Properties:
    """Return the properties that our ingress would publish, its number as the webhook's id."""
    signature = b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    headers = [
        ("X-Spiffy-Topic", TOPIC),
        ("X-Spiffy-Shop-Domain", shop),
        ("X-Spiffy-Hmac-Sha256", signature),
    ]
    carried = PLATFORMS["spiffy"].carried(PLATFORMS["spiffy"].read(headers).headers)
    received = Webhook(
        PLACE.decode(),
        app,
        Topic.parse(TOPIC),
        shop,
        int(time() * 1000),
        "application/json",
        body,
        carried,
        "secret",
    )
    described = received.properties()
    return Basic.Properties(
        content_type=described.content_type, message_type=described.type, app_id=described.app_id,
        headers=dict(described.headers), delivery_mode=2, message_id=f"bench{PLACE.decode()}",
    )  # fmt: skip


def plain(body: bytes) -> tuple[Basic.Properties, bytes]:
    """Return a JSON message as any publisher makes one: for aio-pika and FastStream."""
    return Basic.Properties(
        content_type="application/json", delivery_mode=2, message_id=PLACE.decode()
    ), body


def dramatiq(body: bytes) -> tuple[Basic.Properties, bytes]:
    """Return Dramatiq's message."""
    head = (
        b'{"queue_name":"dramatiq","actor_name":"handle","kwargs":{},"options":{},'
        b'"message_id":"%b",' % PLACE
    )
    return plain(head + b'"message_timestamp":%d,"args":[%b]}' % (time() * 1000, body))


def celery(body: bytes) -> tuple[Basic.Properties, bytes]:
    """Return Celery's message, protocol 2."""
    headers: dict[str, Any] = {
        "lang": "py",
        "task": "handle",
        "id": PLACE.decode(),
        "root_id": PLACE.decode(),
        "retries": 0,
        "argsrepr": "[...]",
        "kwargsrepr": "{}",
        "origin": "bench",
        "ignore_result": True,
    }
    properties = Basic.Properties(
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        correlation_id=PLACE.decode(),
        headers=headers,
    )
    embedded = b'{"callbacks":null,"errbacks":null,"chain":null,"chord":null}'
    return properties, b"[[%b],{},%b]" % (body, embedded)


def taskiq(body: bytes) -> tuple[Basic.Properties, bytes]:
    """Return taskiq's message."""
    message = (
        b'{"task_id":"%b","task_name":"handle","labels":{},"labels_types":{},'
        b'"args":[%b],"kwargs":{}}'
    )
    properties = Basic.Properties(
        delivery_mode=2,
        headers={"task_id": PLACE.decode(), "task_name": "handle"},
        message_id=PLACE.decode(),
    )
    return properties, message % (PLACE, body)
