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
from ingress.entrance import Entrance, Entrances
from ingress.gate import Body, Gate
from ingress.meaning import Greeted
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
    """Return the handler of the public port, for these apps and no others."""
    return create_handler(Entrances(apps), publisher, gate)


def create_handler(entrances: Entrances, publisher: WebhookPublisher, gate: Gate) -> Handler:
    """Return the handler of the public port: `/webhooks` and `/webhooks/{app}`, told apart for a
    tenth of what aiohttp's router costs.
    """
    _observe(gate)
    # Bound once: of a logger that is not, structlog looks up its settings at every call.
    log_info = log.bind().info

    async def webhooks(request: Request) -> Answer:
        entrance = entrances.paths.get(request.path)
        body = Body(gate)

        try:
            webhook = await _accept(request, entrance, gate, body)
            await publisher.publish(webhook)
        except NotPublished as error:
            return _not_stored(request, error, entrance, body)
        except Refused as refused:
            # The reader may keep the error, and it our frames, and they the body: a cycle.
            refused.with_traceback(None)
            return _refuse(request, refused, entrance, body)
        except Greeted as greeted:
            return _greet(greeted, entrance, gate)
        except Exception:
            log.exception("webhook.failed", app=_name(entrance))
            return _refuse(request, Refused(Refusal.INTERNAL), entrance, body)
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


def _observe(gate: Gate) -> None:
    """Have the gauges show what the gate holds."""
    IN_FLIGHT.set_function(lambda: gate.storing)
    READING.set_function(lambda: len(gate.senders))
    READING_BYTES.set_function(lambda: gate.senders.held)


async def _accept(request: Request, entrance: Entrance | None, gate: Gate, body: Body) -> Webhook:
    """Return the webhook that the request carries; raises Refused, and Greeted where it is none.
    Nothing is parsed before the signature holds.
    """
    if entrance is None and not _PATH.fullmatch(request.path):
        raise Refused(Refusal.NOT_FOUND)
    if request.method != "POST":
        raise Refused(Refusal.METHOD_NOT_ALLOWED)
    refusal = gate.refusal()
    if refusal is not None:
        raise Refused(refusal)
    if entrance is None:
        raise Refused(Refusal.UNKNOWN_APP)
    checks.address(request, entrance)

    raw = await read(request, gate, body)
    platform = entrance.platform
    claims = platform.read(request.headers.items())
    secret = checks.verified(request, raw, claims, entrance)
    request.client.prove()
    body.count_as_stored()

    if not platform.is_in_headers:
        claims = checks.meant(request, raw, claims, entrance)
    topic = checks.topic(request, claims, entrance)
    shop = checks.shop(request, claims, entrance)
    content_type = content_type_of(request.headers, raw)
    received_ms = int(time() * 1000)
    return Webhook(
        id=checks.delivery_id(claims.delivery_id) or new_id(received_ms),
        app=entrance.name,
        topic=topic,
        shop=shop,
        received_ms=received_ms,
        content_type=content_type,
        body=raw,
        headers=platform.carried(claims.headers),
        secret=secret,
        traceparent=checks.traceparent(request),
    )


def _not_stored(
    request: Request, error: NotPublished, entrance: Entrance | None, body: Body
) -> Answer:
    refused = Refused(Refusal.BROKER_UNAVAILABLE)
    return _refuse(request, refused, entrance, body, failure=error.reason.value)


def _refuse(
    request: Request, refused: Refused, entrance: Entrance | None, body: Body, **known: Any
) -> Answer:
    if body.size:
        digest = sha256(body.whole())
        known |= {"length": body.size, "sha256": digest.hexdigest()}
    if entrance is None:
        return refuse(request, refused, **known)
    return refuse(request, refused, entrance.name, entrance.platform, **known)


def _greet(greeted: Greeted, entrance: Entrance | None, gate: Gate) -> Answer:
    log.info("webhook.greeted", app=_name(entrance), kind=greeted.kind)
    return Answer(200, greeted.content, closing=gate.draining)


def _name(entrance: Entrance | None) -> str:
    if entrance is None:
        return ""
    return entrance.name
