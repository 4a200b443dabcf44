"""The public side: `POST /webhooks/{app}`. Each check is one line of `_accept`, in the order that the design fixes."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from time import time
from typing import Protocol

import structlog
from aiohttp import HttpVersion11, web
from aiohttp.web_exceptions import HTTPException

from ingress.answer import Answer
from ingress.gate import Body, Gate
from ingress.platforms import first
from ingress.publisher import NotPublished
from ingress.refusals import ANSWERS, Refusal, Refused
from ingress.registration import App
from ingress.signature import Unverified, verify
from ingress.telemetry import IN_FLIGHT, accepted, refusals
from schemas.body import begins_as, format_of
from schemas.identity import new_id
from schemas.topic import BadTopic, Topic
from schemas.webhook import Webhook

log = structlog.get_logger()

_HEADERS = {
    Refusal.DRAINING: "Retry-After: 1\r\n",
    Refusal.OVERLOADED: "Retry-After: 5\r\n",
    Refusal.BROKER_UNAVAILABLE: "Retry-After: 10\r\n",
    Refusal.METHOD_NOT_ALLOWED: "Allow: POST\r\n",
}
"""Of an answer; times in seconds."""
_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[0-9a-f-]{0,60}")
_PATH = re.compile(r"/webhooks(/[^/]+)?")
HOST_LENGTH = 253
"""Characters: the longest host name."""
_MAX_CONTENT_TYPE = 255  # AMQP's short string


class Publishes(Protocol):
    """Stores a webhook, or raises NotPublished."""

    async def publish(self, webhook: Webhook) -> None:
        """Return once it is stored and routed."""


Handler = Callable[[web.BaseRequest], Awaitable[Answer]]


def create_app(apps: Mapping[str, App], publisher: Publishes, gate: Gate) -> Handler:
    """Return the handler of the public port: nothing but `/webhooks` and `/webhooks/{app}`, whatever the method.

    aiohttp's router is left out: two paths are told apart for a tenth of what it costs.
    """
    paths = {f"/webhooks/{name}": app for name, app in apps.items()}
    if len(apps) == 1:
        paths["/webhooks"] = next(iter(apps.values()))
    IN_FLIGHT.set_function(lambda: gate.in_flight)
    info = log.bind().info  # structlog looks for its settings anew at every call of what is not bound

    async def webhooks(request: web.BaseRequest) -> Answer:
        app, body = paths.get(request.rel_url.raw_path), Body(gate)
        gate.in_flight += 1
        try:
            webhook = await _accept(request, app, gate, body)
            await publisher.publish(webhook)
        except NotPublished:
            return _refuse(request, Refused(Refusal.BROKER_UNAVAILABLE), app, body)
        except Refused as refused:
            return _refuse(request, refused, app, body)
        except Exception:
            log.exception("webhook.failed", app=app.name if app else "")
            return _refuse(request, Refused(Refusal.INTERNAL), app, body)
        finally:
            gate.leave(body.size)
        accepted(webhook.app, webhook.topic, webhook.secret).inc()
        info("webhook.accepted", id=webhook.id, app=webhook.app, topic=webhook.topic, shop=webhook.shop)
        return Answer(200, {"id": webhook.id}, closing=gate.draining)

    return webhooks


async def _accept(request: web.BaseRequest, app: App | None, gate: Gate, body: Body) -> Webhook:
    """Return the webhook that the request carries, or raise Refused. Nothing is parsed before the signature holds."""
    if app is None and not _PATH.fullmatch(request.rel_url.raw_path):
        raise Refused(Refusal.NOT_FOUND)
    if request.method != "POST":
        raise Refused(Refusal.METHOD_NOT_ALLOWED)
    if gate.draining:
        raise Refused(Refusal.DRAINING)
    if gate.in_flight > gate.max_in_flight:
        raise Refused(Refusal.OVERLOADED)
    if app is None:
        raise Refused(Refusal.UNKNOWN_APP)
    platform = app.dress
    own = platform.own(request.headers.items())
    topic = _topic(first(own, platform.topic), app)
    shop = _shop(first(own, platform.shop), app)
    raw = await _read(request, gate, body)
    try:
        secret = verify(raw, first(own, platform.signature), app.secrets, app.signature)
    except Unverified as unverified:
        raise Refused(unverified.reason) from None
    content_type = _content_type(request, raw)
    received_ms = int(time() * 1000)
    identity = _delivery_id(first(own, platform.delivery_id)) or new_id(received_ms)
    carried, trace = platform.carried(own), request.headers.get("traceparent", "")
    return Webhook(
        identity, app.name, topic, shop, received_ms, content_type, raw, carried, secret,
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


async def _read(request: web.BaseRequest, gate: Gate, body: Body) -> bytes:
    """Return the whole body, no more of it than is taken, no later than is waited."""
    content = request.content
    try:
        if content.is_eof():  # it came with the headers: no clock needs to run
            body.take(content.read_nowait())
        else:
            await _receive(request, gate, body)
    except TimeoutError:
        raise Refused(Refusal.SLOW_BODY) from None
    except (web.RequestPayloadError, ConnectionError, HTTPException):
        raise Refused(Refusal.BROKEN_BODY) from None
    return body.whole()


async def _receive(request: web.BaseRequest, gate: Gate, body: Body) -> None:
    if (request.content_length or 0) > gate.max_body:
        raise Refused(Refusal.BODY_TOO_LARGE)
    if request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    async with asyncio.timeout(gate.body_timeout):
        while piece := await request.content.readany():
            body.take(piece)


def _content_type(request: web.BaseRequest, body: bytes) -> str:
    content_type = request.headers.get("Content-Type", "")
    encoded = request.headers.get("Content-Encoding", "identity").lower() != "identity"
    usable = content_type.isascii() and len(content_type) <= _MAX_CONTENT_TYPE
    fmt = format_of(content_type) if usable and not encoded else None
    if fmt is None:
        raise Refused(Refusal.BAD_CONTENT_TYPE)
    if not begins_as(body, fmt):
        raise Refused(Refusal.BAD_BODY)
    return content_type


def _delivery_id(given: str) -> str:
    return given if _DELIVERY_ID.fullmatch(given) else ""


def _refuse(request: web.BaseRequest, refused: Refused, app: App | None, body: Body) -> Answer:
    code, name = refused.code, app.name if app else ""
    status, detail = ANSWERS[code]
    refusals(name, code.value).inc()
    known = {"length": body.size, "sha256": sha256(body.whole()).hexdigest()} if body.size else {}
    log.warning("webhook.refused", code=code.value, app=name, remote=request.remote, **known)
    content = {"error": code.value, "detail": detail}
    return Answer(status, content, _HEADERS.get(code, ""), closing=code is Refusal.DRAINING)
