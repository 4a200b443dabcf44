"""The ingress, traced: a span of each request, and within it one of its publish.

Of a request is told where it came from and how it was answered; nothing of its body, no signature,
no query.
"""

from collections.abc import Coroutine
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol

from ingress import checks
from ingress.answer import Answer
from ingress.app import Handler, create_handler
from ingress.entrance import Entrances
from ingress.gate import Gate
from ingress.request import Request
from runtime.amqp.confirms import NotPublished
from runtime.tracing import Attributes, Kind, Span, Tracing
from schemas.names import webhooks_exchange
from schemas.webhook import Webhook

METHODS = frozenset(
    {"POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"}
)
"""Further ones are told as `_OTHER`: anybody can make them up."""
MAX_TEXT = 256
"""Characters that are told of what a client says freely."""


class Channel(Protocol):
    """What the next message is published on."""

    @property
    def next_message_id(self) -> str:
        """The id that it will have."""


class Publisher(Protocol):
    """What publishes webhooks: the publisher of this package."""

    @property
    def confirms(self) -> Channel | None:
        """The channel that is open now, if one is."""

    def publish(self, webhook: Webhook) -> Coroutine[None, None, None]:
        """Return once it is stored and routed; raises NotPublished."""


def create_traced_app(
    entrances: Entrances, publisher: Publisher, gate: Gate, tracing: Tracing | None
) -> Handler:
    """Return the handler of the public port; without `tracing`, as if this module were not here."""
    if tracing is None:
        return create_handler(entrances, publisher, gate)

    traced_publisher = TracedPublisher(publisher, tracing)
    handler = create_handler(entrances, traced_publisher, gate)
    return traced(handler, entrances, tracing)


class TracedPublisher:
    """Publishes within a span, which the message names as the one that it comes from."""

    def __init__(self, publisher: Publisher, tracing: Tracing) -> None:
        self._publisher = publisher
        self._tracing = tracing

    async def publish(self, webhook: Webhook) -> None:
        """Return once it is stored and routed; raises NotPublished."""
        destination = f"{webhooks_exchange(webhook.app)}:{webhook.topic.routing_key}.*"
        with self._tracing.span(
            Kind.PRODUCER, f"publish {destination}", self._told(webhook, destination)
        ) as span:
            continued = replace(webhook, traceparent=span.traceparent)
            try:
                # Until the message is on its way, nobody else gets to publish.
                await self._publisher.publish(continued)
            except NotPublished as error:
                span.fail(error.reason.value)
                raise

    def _told(self, webhook: Webhook, destination: str) -> Attributes:
        key = webhook.routing_key
        channel = self._publisher.confirms
        told: dict[str, str | int] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.name": "publish",
            "messaging.operation.type": "send",
            "messaging.destination.name": f"{webhooks_exchange(webhook.app)}:{key}",
            "messaging.destination.template": destination,
            "messaging.rabbitmq.destination.routing_key": key,
            "messaging.message.body.size": len(webhook.body),
            "hookline.webhook.id": webhook.id,
            "hookline.topic": str(webhook.topic),
            "hookline.shop": webhook.shop,
        }
        if channel is not None:
            told["messaging.message.id"] = channel.next_message_id
        return told


def traced(handler: Handler, entrances: Entrances, tracing: Tracing) -> Handler:
    """Return the handler within a span of each request, a child of the sender's, if there is one.

    Its name is one of a few: whoever asks for any path makes none of them.
    """

    async def traced_handler(request: Request) -> Answer:
        method = request.method if request.method in METHODS else "_OTHER"
        told = _request(request, method)
        name = "HTTP" if method == "_OTHER" else method
        if request.path in entrances.paths or request.path == "/webhooks":
            route = "/webhooks" if request.path == "/webhooks" else "/webhooks/{app}"
            told["http.route"] = route
            name = f"{name} {route}"

        parent = checks.traceparent(request)
        with tracing.span(Kind.SERVER, name, told, parent=parent) as span:
            answer = await handler(request)
            _tell_answer(span, answer)
            return answer

    return traced_handler


def _request(request: Request, method: str) -> dict[str, str | int]:
    version = request.head.version
    told: dict[str, str | int] = {
        "http.request.method": method,
        "url.path": request.path[:MAX_TEXT],
        "url.scheme": "http",
        "client.address": request.client.address,
        "network.protocol.version": f"{version.major}.{version.minor}",
    }
    agent = request.headers.get("User-Agent", "")
    if agent:
        told["user_agent.original"] = agent[:MAX_TEXT]
    return told


def _tell_answer(span: Span, answer: Answer) -> None:
    """Tell the status; of a refusal its code, which is an error where the fault is on our side."""
    told: dict[str, Any] = {"http.response.status_code": answer.status}
    refusal = answer.content.get("error")
    if refusal:
        told["hookline.refusal"] = refusal
    span.add(told)
    if refusal and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.fail(refusal)
