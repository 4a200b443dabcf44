"""Making webhooks for tests, as the ingress would have made them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import orjson

from schemas.body import Format, format_of
from schemas.identity import new_id
from schemas.topic import Topic
from schemas.webhook import Webhook
from workers import clock

SHOP = "test-shop.spiffystores.com"
Body: TypeAlias = bytes | dict[str, Any] | list[Any]


def webhook(
    topic: str,
    body: Body,
    *,
    shop: str = SHOP,
    app: str = "test",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Webhook:
    """Make a webhook as the ingress would have; a dict or a list becomes a JSON body, decimals in
    it text, as money is.

    `headers` are the platform's; as in production, handlers see their names in lower case. Raises
    BadTopic, and TypeError for a body that no platform could send.
    """
    received_ms = clock.now_ms()
    return Webhook(
        id=new_id(received_ms),
        app=app,
        topic=Topic.parse(topic),
        shop=shop,
        received_ms=received_ms,
        content_type=content_type,
        body=_raw(body, content_type),
        headers=_lowered(headers or {}),
        secret="test",  # noqa: S106 - a name
    )


def _raw(body: object, content_type: str) -> bytes:
    kind = type(body).__name__
    match body:
        case bytes():
            return body
        case dict() | list() if format_of(content_type) is Format.JSON:
            return _json(body)
        case dict() | list():
            raise TypeError(
                f"a {kind} becomes JSON, which is no {content_type}; give the body as bytes"
            )
        case str():
            raise TypeError("a body is bytes; encode the text")
        case _:
            raise TypeError(
                f"a body is bytes, or a dict or a list that becomes JSON, and no {kind}"
            )


def _json(body: object) -> bytes:
    try:
        return orjson.dumps(body, default=_plain)
    except TypeError:
        # The standard library, slower, takes what it does not: numbers as keys, and over 64 bits.
        return json.dumps(body, default=_plain, allow_nan=False).encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    lowered: dict[str, str] = {}
    for name, value in headers.items():
        lowered.setdefault(name.lower(), value)
    return lowered
