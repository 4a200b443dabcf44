"""Runs a consumer against a webhook with no broker, by the code path of the worker: decode,
timeout, policy.

outcome = await deliver(erp, webhook("orders/create", sample("orders/create")))
assert outcome == Done()
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from time import time
from typing import Any

import orjson

from schemas.body import Format, format_of
from schemas.identity import new_id
from schemas.topic import Topic
from schemas.webhook import Webhook
from workers.attempt import attempt
from workers.consumer import Consumer
from workers.outcome import Again, Dead, Deferred, Done, Duplicate, Outcome
from workers.samples import sample
from workers.stores.memory import MemoryStore, MemoryTransactions

__all__ = [
    "Again",
    "Dead",
    "Deferred",
    "Done",
    "Duplicate",
    "MemoryStore",
    "deliver",
    "sample",
    "webhook",
]


def webhook(
    topic: str,
    body: bytes | dict[str, Any] | list[Any],
    *,
    shop: str = "test-shop.spiffystores.com",
    app: str = "test",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Webhook:
    """Make a webhook as the ingress would have; a dict or a list becomes a JSON body, decimals in
    it text, as money is.

    `headers` are the platform's; as in production, handlers see their names in lower case. Raises
    BadTopic, and TypeError for a body that no platform could send.
    """
    received_ms = int(time() * 1000)
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


async def deliver(
    consumer: Consumer[Any],
    webhook: Webhook,
    *,
    attempt_number: int = 1,
    seconds_since_start: float = 0.0,
    store: MemoryStore | None = None,
    again: str = "",
) -> Outcome:
    """Make one attempt and return its outcome: Done(), Duplicate(), Again(delay, error),
    Deferred(delay, reason) or Dead(reason, error, traceback).

    A consumer with `once=` keeps its claims in `store` instead of its own, or in one of this call
    alone; one with InTransaction goes to the author's database where no store is given. `again` is
    the name of an operator's replay that passes claims.
    Raises ValueError for a webhook of a topic that the consumer does not take, and for an attempt
    before the first.
    """
    if not any(pattern.matches(webhook.topic) for pattern in consumer.topics):
        taken = ", ".join(consumer.topics)
        raise ValueError(
            f"consumer {consumer.name!r} takes {taken}: no webhook of {webhook.topic} comes to it"
        )
    if attempt_number < 1:
        raise ValueError(f"attempt_number={attempt_number}: attempts are counted from 1")

    started = time() - seconds_since_start
    first_ms = int(started * 1000)
    consumer = _with_store(consumer, store)
    return await attempt(consumer, webhook, attempt_number, first_ms, again=again)


def _with_store(consumer: Consumer[Any], store: MemoryStore | None) -> Consumer[Any]:
    """Return the consumer with its claims in memory."""
    once = consumer.once
    if once is None:
        return consumer
    if not once.is_in_transaction:
        return replace(consumer, once=replace(once, store=store or MemoryStore()))
    if store is None:
        return consumer
    return replace(consumer, once=replace(once, store=MemoryTransactions(store)))


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
