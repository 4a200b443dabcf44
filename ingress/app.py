"""The public side: `POST /webhooks/{app}`. Each check is one line of `_accept`, in the order that the design fixes."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Protocol

import orjson
import structlog
from aiohttp import web
from aiohttp.web_exceptions import HTTPException

from ingress.platforms import Platform, first
from ingress.publisher import NotPublished
from ingress.refusals import ANSWERS, Refusal, Refused
from ingress.registration import App
from ingress.signature import Unverified, verify
from ingress.telemetry import IN_FLIGHT, REFUSED, accepted
from schemas.body import begins_as, format_of
from schemas.topic import BadTopic, Topic
from schemas.webhook import Webhook, webhook_id

log = structlog.get_logger()

RETRY_AFTER = {Refusal.DRAINING: "1", Refusal.OVERLOADED: "5", Refusal.BROKER_UNAVAILABLE: "10"}
"""Seconds."""
_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[0-9a-f-]{0,60}")
HOST_LENGTH = 253
"""Characters: the longest host name."""
_MAX_CONTENT_TYPE = 255  # AMQP's short string


class Publishes(Protocol):
    """Stores a webhook, or raises NotPublished."""

    async def publish(self, webhook: Webhook) -> None:
        """Return once it is stored and routed."""


@dataclass(slots=True)
class Gate:
    """How much is let in; sizes in bytes, times in seconds."""

    max_body: int = 2 * 1024 * 1024
    body_timeout: float = 10.0
    max_in_flight: int = 500
    draining: bool = False
    in_flight: int = 0
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # set once draining and nothing is in flight

    def leave(self) -> None:
        """Note that a request has been answered."""
        self.in_flight -= 1
        self.note()

    def note(self) -> None:
        """Tell who waits for it that nothing is in flight any more."""
        if self.draining and not self.in_flight:
            self.empty.set()


def create_app(apps: Mapping[str, App], publisher: Publishes, gate: Gate) -> web.Application:
    """Return the public application: nothing but `/webhooks` and `/webhooks/{app}`, whatever the method."""
    only = next(iter(apps)) if len(apps) == 1 else ""

    async def webhooks(request: web.Request) -> web.Response:
        name = request.match_info.get("app", only)
        if request.method != "POST":
            return _refuse(request, Refused(Refusal.METHOD_NOT_ALLOWED), "", b"")
        app, body = apps.get(name), bytearray()
        gate.in_flight += 1
        try:
            webhook = await _accept(request, app, gate, body)
            await publisher.publish(webhook)
        except NotPublished:
            return _refuse(request, Refused(Refusal.BROKER_UNAVAILABLE), name, body)
        except Refused as refused:
            return _refuse(request, refused, app.name if app else "", body)
        except Exception:
            log.exception("webhook.failed", app=name if app else "")
            return _refuse(request, Refused(Refusal.INTERNAL), name if app else "", body)
        finally:
            gate.leave()
        accepted(webhook.app, webhook.topic, webhook.secret).inc()
        log.info("webhook.accepted", id=webhook.id, app=webhook.app, topic=webhook.topic, shop=webhook.shop)
        return _answer(200, {"id": webhook.id}, closing=gate.draining)

    async def elsewhere(request: web.Request) -> web.Response:
        return _refuse(request, Refused(Refusal.NOT_FOUND), "", b"")

    IN_FLIGHT.set_function(lambda: gate.in_flight)
    application = web.Application()
    application.router.add_route("*", "/webhooks", webhooks)
    application.router.add_route("*", "/webhooks/{app}", webhooks)
    application.router.add_route("*", "/{path:.*}", elsewhere)
    return application


async def _accept(request: web.Request, app: App | None, gate: Gate, body: bytearray) -> Webhook:
    """Return the webhook that the request carries, or raise Refused. Nothing is parsed before the signature holds."""
    if gate.draining:
        raise Refused(Refusal.DRAINING)
    if gate.in_flight > gate.max_in_flight:
        raise Refused(Refusal.OVERLOADED)
    if app is None:
        raise Refused(Refusal.UNKNOWN_APP)
    headers, platform = request.headers, app.dress
    topic = _topic(first(headers, platform.topic), app)
    shop = _shop(first(headers, platform.shop), app)
    await _read(request, gate, body)
    raw = bytes(body)
    try:
        secret = verify(raw, first(headers, platform.signature), app.secrets, app.signature)
    except Unverified as unverified:
        raise Refused(unverified.reason) from None
    content_type = _content_type(request, raw)
    identity = _delivery_id(request, platform) or webhook_id(app.name, topic, shop, raw)
    carried, trace = platform.carried(headers.items()), headers.get("traceparent", "")
    return Webhook(
        identity, app.name, topic, shop, int(time() * 1000), content_type, raw, carried, secret,
        traceparent=trace if _TRACEPARENT.fullmatch(trace) else "",
    )  # fmt: skip


def _topic(raw: str, app: App) -> Topic:
    if not raw:
        raise Refused(Refusal.MISSING_TOPIC)
    try:
        topic = Topic.parse(raw)
    except BadTopic:
        raise Refused(Refusal.BAD_TOPIC) from None
    if app.topics is not None and topic not in app.topics:
        raise Refused(Refusal.UNKNOWN_TOPIC)
    return topic


def _shop(raw: str, app: App) -> str:
    if not raw:
        raise Refused(Refusal.MISSING_SHOP)
    if not (len(raw) <= HOST_LENGTH and raw.isascii() and app.shops.fullmatch(raw)):
        raise Refused(Refusal.BAD_SHOP)
    return raw


async def _read(request: web.Request, gate: Gate, body: bytearray) -> None:
    """Read the whole body, no more of it than is taken and no longer than is waited."""
    if (request.content_length or 0) > gate.max_body:
        raise Refused(Refusal.BODY_TOO_LARGE)
    try:
        async with asyncio.timeout(gate.body_timeout):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > gate.max_body:
                    raise Refused(Refusal.BODY_TOO_LARGE)
    except TimeoutError:
        raise Refused(Refusal.SLOW_BODY) from None
    except (web.RequestPayloadError, ConnectionError, HTTPException):
        raise Refused(Refusal.BROKEN_BODY) from None


def _content_type(request: web.Request, body: bytes) -> str:
    content_type = request.headers.get("Content-Type", "")
    encoded = request.headers.get("Content-Encoding", "identity").lower() != "identity"
    usable = content_type.isascii() and len(content_type) <= _MAX_CONTENT_TYPE
    fmt = format_of(content_type) if usable and not encoded else None
    if fmt is None:
        raise Refused(Refusal.BAD_CONTENT_TYPE)
    if not begins_as(body, fmt):
        raise Refused(Refusal.BAD_BODY)
    return content_type


def _delivery_id(request: web.Request, platform: Platform) -> str:
    given = first(request.headers, platform.delivery_id)
    return given if _DELIVERY_ID.fullmatch(given) else ""


def _refuse(request: web.Request, refused: Refused, app: str, body: bytes | bytearray) -> web.Response:
    code, (status, detail) = refused.code, ANSWERS[refused.code]
    REFUSED.labels(app, code.value).inc()
    known = {"length": len(body), "sha256": sha256(body).hexdigest()} if body else {}
    log.warning("webhook.refused", code=code.value, app=app, remote=request.remote, **known)
    answer = _answer(status, {"error": code.value, "detail": detail}, closing=code is Refusal.DRAINING)
    if code in RETRY_AFTER:
        answer.headers["Retry-After"] = RETRY_AFTER[code]
    if code is Refusal.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = "POST"
    return answer


def _answer(status: int, content: dict[str, str], *, closing: bool) -> web.Response:
    answer = web.Response(status=status, body=orjson.dumps(content), content_type="application/json")
    if closing:
        answer.force_close()
    return answer
