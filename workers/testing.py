"""Runs a consumer against a webhook with no broker, by the code path of the worker: decode, timeout, policy.

outcome = await deliver(erp, webhook("orders/create", {"id": 1}))
assert outcome == Done()
"""

from time import time
from typing import Any

import orjson

from schemas.identity import new_id
from schemas.topic import Topic
from schemas.webhook import Webhook
from workers.attempt import Again, Dead, Done, Outcome, attempt
from workers.consumer import Consumer

__all__ = ["Again", "Dead", "Done", "deliver", "webhook"]


def webhook(
    topic: str,
    body: bytes | dict[str, Any],
    *,
    shop: str = "test-shop.spiffystores.com",
    app: str = "test",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Webhook:
    """Make a webhook as the ingress would have; a dict becomes a JSON body. Raises BadTopic."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    parsed, received_ms = Topic.parse(topic), int(time() * 1000)
    return Webhook(new_id(received_ms), app, parsed, shop, received_ms, content_type, raw, headers or {}, secret="test")  # noqa: S106 - a name


async def deliver(
    consumer: Consumer[Any], webhook: Webhook, *, attempt_number: int = 1, seconds_since_start: float = 0.0
) -> Outcome:
    """Make one attempt and return its outcome: Done(), Again(delay, error) or Dead(reason, error, traceback)."""
    return await attempt(consumer, webhook, attempt_number, int((time() - seconds_since_start) * 1000))
