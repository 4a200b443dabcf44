"""The public side: `POST /webhooks/{app}`. `_accept` makes the checks, in the order of DESIGN."""

import re
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from time import time
from typing import Any, Protocol

import structlog

from ingress import checks
from ingress.answer import Answer, refuse
from ingress.content import content_type_of
from ingress.gate import Body, Gate
from ingress.reading import read
from ingress.refusals import Refusal, Refused
from ingress.registration import App
from ingress.request import Request
from ingress.telemetry import IN_FLIGHT, READING, READING_BYTES, accepted
from runtime.amqp.confirms import NotPublished
from schemas.identity import new_id
from schemas.webhook import Webhook

log = structlog.get_logger()

_PATH = re.compile(r"/webhooks(/[^/]+)?")


class WebhookPublisher(Protocol):
    """What stores a webhook, or raises NotPublished."""

    async def publish(self, webhook: Webhook) -> None:
        """Return once it is stored and routed."""


Handler = Callable[[Request], Awaitable[Answer]]


def create_app(apps: Mapping[str, App], publisher: WebhookPublisher, gate: Gate) -> Handler:
    """Return the handler of the public port, which serves `/webhooks` and `/webhooks/{app}` alone.

    aiohttp's router is left out: two paths are told apart for a tenth of what it costs.
    """
    paths = _paths(apps)
    _observe(gate)
    # Bound once: of a logger that is not, structlog looks up its settings at every call.
    log_info = log.bind().info

    async def webhooks(request: Request) -> Answer:
        app = paths.get(request.path)
        body = Body(gate)

        try:
            webhook = await _accept(request, app, gate, body)
            await publisher.publish(webhook)
        except NotPublished:
            return _refuse(request, Refused(Refusal.BROKER_UNAVAILABLE), app, body)
        except Refused as refused:
            # The reader may keep the error, and it our frames, and they the body: a cycle.
            refused.with_traceback(None)
            return _refuse(request, refused, app, body)
        except Exception:
            log.exception("webhook.failed", app=_name(app))
            return _refuse(request, Refused(Refusal.INTERNAL), app, body)
        finally:
            body.leave()

        accepted(webhook.app, webhook.topic, webhook.secret).note(webhook.received_ms)
        log_info(
            "webhook.accepted",
            id=webhook.id,
            app=webhook.app,
            topic=webhook.topic,
            shop=webhook.shop,
        )
        return Answer(200, {"id": webhook.id}, closing=gate.draining)

    return webhooks


def _paths(apps: Mapping[str, App]) -> dict[str, App]:
    """Return the apps by their path; the only one of a process stands at `/webhooks` too."""
    paths = {f"/webhooks/{name}": app for name, app in apps.items()}
    if len(apps) == 1:
        (only,) = apps.values()
        paths["/webhooks"] = only
    return paths


def _observe(gate: Gate) -> None:
    """Have the gauges show what the gate holds."""
    IN_FLIGHT.set_function(lambda: gate.storing)
    READING.set_function(lambda: len(gate.senders))
    READING_BYTES.set_function(lambda: gate.senders.held)


async def _accept(request: Request, app: App | None, gate: Gate, body: Body) -> Webhook:
    """Return the webhook that the request carries, or raise Refused.

    Nothing is parsed before the signature holds.
    """
    if app is None and not _PATH.fullmatch(request.path):
        raise Refused(Refusal.NOT_FOUND)
    if request.method != "POST":
        raise Refused(Refusal.METHOD_NOT_ALLOWED)
    refusal = gate.refusal()
    if refusal is not None:
        raise Refused(refusal)
    if app is None:
        raise Refused(Refusal.UNKNOWN_APP)

    raw = await read(request, gate, body)
    claims = app.platform.read(request.headers.items())
    secret = checks.verified(request, raw, claims, app)
    request.client.prove()
    body.count_as_stored()

    topic = checks.topic(request, claims, app)
    shop = checks.shop(request, claims, app)
    content_type = content_type_of(request.headers, raw)
    received_ms = int(time() * 1000)
    return Webhook(
        id=checks.delivery_id(claims.delivery_id) or new_id(received_ms),
        app=app.name,
        topic=topic,
        shop=shop,
        received_ms=received_ms,
        content_type=content_type,
        body=raw,
        headers=app.platform.carried(claims.headers),
        secret=secret,
        traceparent=checks.traceparent(request),
    )


def _refuse(request: Request, refused: Refused, app: App | None, body: Body) -> Answer:
    known: dict[str, Any] = {}
    if body.size:
        digest = sha256(body.whole())
        known = {"length": body.size, "sha256": digest.hexdigest()}
    if app is None:
        return refuse(request, refused, **known)
    return refuse(request, refused, app.name, app.platform, **known)


def _name(app: App | None) -> str:
    if app is None:
        return ""
    return app.name
