"""The public side: `POST /webhooks/{app}`. Each check is one line of `_accept`, in the order that
the design fixes.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from time import time
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.web_exceptions import HTTPException

from ingress.answer import Answer, refuse
from ingress.content import content_type_of
from ingress.gate import Body, Gate
from ingress.platforms import Claims, missing
from ingress.refusals import Refusal, Refused
from ingress.registration import App
from ingress.request import Request
from ingress.signature import Unverified, verify
from ingress.telemetry import IN_FLIGHT, READING, READING_BYTES, accepted
from runtime.amqp.confirms import NotPublished
from schemas.identity import new_id
from schemas.topic import BadTopic, Topic
from schemas.webhook import Webhook

log = structlog.get_logger()

_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[0-9a-f-]{0,60}")
_PATH = re.compile(r"/webhooks(/[^/]+)?")
HOST_LENGTH = 253
"""Characters: the longest host name."""


class Publishes(Protocol):
    """Stores a webhook, or raises NotPublished."""

    async def publish(self, webhook: Webhook) -> None:
        """Return once it is stored and routed."""


Handler = Callable[[Request], Awaitable[Answer]]


def create_app(apps: Mapping[str, App], publisher: Publishes, gate: Gate) -> Handler:
    """Return the handler of the public port: nothing but `/webhooks` and `/webhooks/{app}`,
    whatever the method.

    aiohttp's router is left out: two paths are told apart for a tenth of what it costs.
    """
    paths = {f"/webhooks/{name}": app for name, app in apps.items()}
    if len(apps) == 1:
        paths["/webhooks"] = next(iter(apps.values()))
    IN_FLIGHT.set_function(lambda: gate.storing)
    READING.set_function(lambda: len(gate.readers))
    READING_BYTES.set_function(lambda: gate.readers.held)
    info = (
        log.bind().info
    )  # structlog looks for its settings anew at every call of what is not bound

    async def webhooks(request: Request) -> Answer:
        app, body = paths.get(request.path), Body(gate)
        try:
            webhook = await _accept(request, app, gate, body)
            await publisher.publish(webhook)
        except NotPublished:
            return _refuse(request, Refused(Refusal.BROKER_UNAVAILABLE), app, body)
        except Refused as refused:
            refused.with_traceback(
                None
            )  # the reader may keep it, and it our frames, and they the body: a cycle
            return _refuse(request, refused, app, body)
        except Exception:
            log.exception("webhook.failed", app=app.name if app else "")
            return _refuse(request, Refused(Refusal.INTERNAL), app, body)
        finally:
            body.leave()
        accepted(webhook.app, webhook.topic, webhook.secret).inc()
        info(
            "webhook.accepted",
            id=webhook.id,
            app=webhook.app,
            topic=webhook.topic,
            shop=webhook.shop,
        )
        return Answer(200, {"id": webhook.id}, closing=gate.draining)

    return webhooks


async def _accept(request: Request, app: App | None, gate: Gate, body: Body) -> Webhook:
    """Return the webhook that the request carries, or raise Refused. Nothing is parsed before the
    signature holds.
    """
    if app is None and not _PATH.fullmatch(request.path):
        raise Refused(Refusal.NOT_FOUND)
    if request.method != "POST":
        raise Refused(Refusal.METHOD_NOT_ALLOWED)
    if gate.draining:
        raise Refused(Refusal.DRAINING)
    if gate.is_full:
        raise Refused(Refusal.OVERLOADED)
    if app is None:
        raise Refused(Refusal.UNKNOWN_APP)
    platform = app.dress
    raw = await _read(request, gate, body)
    claims = platform.read(request.headers.items())
    secret = _verified(request, raw, claims, app)
    request.client.prove()
    body.keep()
    topic = _topic(request, claims, app)
    shop = _shop(request, claims, app)
    content_type = content_type_of(request.headers, raw)
    received_ms = int(time() * 1000)
    identity = _delivery_id(claims.delivery_id) or new_id(received_ms)
    carried = platform.carried(claims.own)
    return Webhook(
        identity, app.name, topic, shop, received_ms, content_type, raw, carried, secret,
        traceparent=_trace(request),
    )  # fmt: skip


def _verified(request: Request, body: bytes, claims: Claims, app: App) -> str:
    try:
        return verify(body, claims.signature, app.secrets, app.signature)
    except Unverified as unverified:
        is_missing = unverified.reason is Refusal.MISSING_SIGNATURE
        detail = missing(app.dress, app.dress.signature, request.headers) if is_missing else ""
        raise Refused(unverified.reason, detail) from None


def _topic(request: Request, claims: Claims, app: App) -> Topic:
    if not claims.topic:
        raise Refused(Refusal.MISSING_TOPIC, missing(app.dress, app.dress.topic, request.headers))
    try:
        topic = _parsed(claims.topic)
    except BadTopic:
        raise Refused(Refusal.BAD_TOPIC) from None
    if app.topics is not None and topic not in app.topics:
        raise Refused(Refusal.UNKNOWN_TOPIC)
    return topic


_parsed = lru_cache(maxsize=1024)(Topic.parse)


def _shop(request: Request, claims: Claims, app: App) -> str:
    shop = claims.shop
    if not shop:
        raise Refused(Refusal.MISSING_SHOP, missing(app.dress, app.dress.shop, request.headers))
    is_one_name = len(shop) <= HOST_LENGTH and shop.isascii() and "," not in shop
    if not (is_one_name and app.shops.fullmatch(shop)):
        raise Refused(Refusal.BAD_SHOP)
    return shop


async def _read(request: Request, gate: Gate, body: Body) -> bytes:
    """Return the whole body, no more of it than is taken, no later than is waited."""
    content = request.content
    try:
        if (
            content.is_eof()
        ):  # it came with the headers: no clock needs to run, and nobody can take its place
            body.take(content.read_nowait())
        else:
            await _receive(request, gate, body)
    except TimeoutError:
        raise Refused(Refusal.SLOW_BODY) from None
    except (web.RequestPayloadError, ConnectionError, HTTPException) as error:
        error.with_traceback(None)  # as above
        raise Refused(Refusal.BROKEN_BODY) from None
    return body.whole()


async def _receive(request: Request, gate: Gate, body: Body) -> None:
    if request.size > gate.max_body:
        raise Refused(Refusal.BODY_TOO_LARGE)
    body.wait(request.client.address, request.client.cut)
    if not request.is_old and request.headers.get("Expect", "").lower() == "100-continue":
        request.client.go_on()
    async with asyncio.timeout(gate.body_timeout):
        while piece := await request.content.readany():
            body.take(piece)


def _trace(request: Request) -> str:
    if "traceparent" not in request.headers:
        return ""

    given = request.headers.getall("traceparent")
    return given[0] if len(given) == 1 and _TRACEPARENT.fullmatch(given[0]) else ""


def _delivery_id(given: str) -> str:
    return given if given and _DELIVERY_ID.fullmatch(given) else ""


def _refuse(request: Request, refused: Refused, app: App | None, body: Body) -> Answer:
    known = {"length": body.size, "sha256": sha256(body.whole()).hexdigest()} if body.size else {}
    return refuse(request, refused, app.name if app else "", **known)
