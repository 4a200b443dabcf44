"""Where a tap hands on what it hears: to a consumer, a URL, a file, or nobody."""

import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import aiohttp

from schemas.topic import TopicPattern
from schemas.webhook import Webhook
from workers.consumer import Consumer
from workers.discovery import load
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate, Outcome
from workers.selection import select
from workers.settings import SettingsError
from workers.stores.memory import MemoryStore
from workers.testing.delivering import deliver, takes

ANSWER_WITHIN = 30.0
"""Seconds that a URL has to answer."""
_CONSUMER = re.compile(r"([A-Za-z_][\w.]*):([a-z][a-z0-9_-]*)")


class Target(Protocol):
    """Takes what a tap hears."""

    async def take(self, webhook: Webhook) -> str:
        """Take a webhook, and say what came of it. Never raises."""

    async def close(self) -> None:
        """Let go of what is held open."""


def target_of(to: str | None, pattern: TopicPattern) -> Target:
    """Return what `--to` names: `MODULE:consumer`, a URL, a file, or nobody.

    Raises SettingsError where a consumer takes no such topic, and BadConsumer.
    """
    if to is None:
        return ToNobody()
    if to.startswith(("http://", "https://")):
        return ToUrl(to)

    named = _CONSUMER.fullmatch(to)
    if named is None:
        return ToFile(Path(to))

    (consumer,) = select(load([named[1]]), names=[named[2]])
    if not any(one.meets(pattern) for one in consumer.topics):
        topics = ", ".join(consumer.topics)
        raise SettingsError(f"--to {to}: it takes {topics}, and nothing of {pattern}")
    return ToConsumer(consumer)


class ToNobody:
    """Shows webhooks alone."""

    async def take(self, webhook: Webhook) -> str:
        """Say how large it is."""
        return f"{len(webhook.body)} bytes"

    async def close(self) -> None:
        """Nothing is held open."""


class ToConsumer:
    """Has a consumer handle them here: one attempt, by the worker's own way, and no other."""

    def __init__(self, consumer: Consumer[Any]) -> None:
        self._consumer = consumer
        self._store = MemoryStore()

    async def take(self, webhook: Webhook) -> str:
        """Make an attempt, and say what it came to."""
        if not takes(self._consumer, webhook):
            return "passed over: the consumer does not take its topic"

        began = monotonic()
        outcome = await deliver(self._consumer, webhook, store=self._store)
        return f"{told_outcome(outcome)}, {_took(began)}"

    async def close(self) -> None:
        """Nothing is held open."""


class ToUrl:
    """Posts them, with the headers that the platform sent."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def take(self, webhook: Webhook) -> str:
        """Post it, and say what was answered."""
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
            self._session = aiohttp.ClientSession(timeout=limit)

        headers = {"Content-Type": webhook.content_type, **webhook.headers}
        began = monotonic()
        try:
            async with self._session.post(self._url, data=webhook.body, headers=headers) as answer:
                await answer.read()
                return f"{answer.status}, {_took(began)}"
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            kind = type(error).__name__
            return f"no answer: {kind}: {error}"

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()


class ToFile:
    """Adds them to a file of their owner's alone, a JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def take(self, webhook: Webhook) -> str:
        """Add it."""
        line = json.dumps(_described(webhook)).encode() + b"\n"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._path, flags, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line)
        except OSError as error:
            return f"not written: {error}"
        return "written"

    async def close(self) -> None:
        """Nothing is held open."""


def told_outcome(outcome: Outcome) -> str:
    """Return what became of an attempt; nothing comes again here."""
    match outcome:
        case Done():
            return "done"
        case Duplicate():
            return "duplicate"
        case Again(delay, error):
            return f"again in {delay:g} s: {error}"
        case Deferred(delay, reason):
            return f"not yet, again in {delay:g} s: {reason}"
        case Aside(delay):
            return f"again in {delay:g} s"
        case Dead(reason, error):
            return f"dead, {reason.value}: {error}"


def _described(webhook: Webhook) -> Mapping[str, Any]:
    try:
        body = {"body": webhook.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(webhook.body).decode()}
    return {
        "id": webhook.id,
        "topic": webhook.topic,
        "shop": webhook.shop,
        "received_ms": webhook.received_ms,
        "content_type": webhook.content_type,
        "headers": dict(webhook.headers),
        **body,
    }


def _took(began: float) -> str:
    return f"{(monotonic() - began) * 1000:.0f} ms"
