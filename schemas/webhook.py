"""The webhook: one verified request as an immutable record, and its exact passage through message
properties.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from schemas import headers as names
from schemas.bucket import bucket
from schemas.headers import Header
from schemas.topic import BadTopic, Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Malformed(ValueError):
    """The message is no webhook of ours; the sentence names what is wrong in it."""


class Properties(NamedTuple):
    """What of a webhook travels beside its body. None: a copied message did not say.

    Delivery mode and message id are the publisher's business.
    """

    content_type: str | None
    type: str | None
    app_id: str | None
    timestamp: int | None  # seconds
    headers: dict[str, Header]
    expiration: str = ""  # milliseconds, after which the broker drops it; empty: never
    content_encoding: str | None = None


class Received(Protocol):
    """The properties of any message that may arrive, of which nothing is sure; pamqp's class has
    this shape.
    """

    content_type: str | None
    message_type: str | None
    app_id: str | None
    headers: Any


@dataclass(frozen=True, slots=True)
class Webhook:
    """One verified request. `headers` are the platform's, by lower-case name; `body` the raw signed
    bytes.

    `id` is the same through all deliveries, retries and replays, and another for each webhook taken
    in: an idempotency key. `received_ms` are milliseconds since 1970.
    """

    id: str
    app: str
    topic: Topic
    shop: str
    received_ms: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = ""
    traceparent: str = ""

    @property
    def digest(self) -> str:
        """Tell whether the platform sent the same thing twice: SHA-256 over app, topic, shop and
        body (64 hex digits).

        Bodies repeat for good reasons (a cart that goes from one item to two and back), so this is
        no id. None of app, topic and shop holds a line feed, so no two different inputs run
        together. Computed anew at each call.
        """
        return sha256(f"{self.app}\n{self.topic}\n{self.shop}\n".encode() + self.body).hexdigest()

    @property
    def routing_key(self) -> str:
        """Topic and bucket of the shop, as AMQP routing key: `orders.create.17`."""
        return f"{self.topic.routing_key}.{bucket(self.shop)}"

    @property
    def received_at(self) -> datetime:
        """When the ingress took it in: aware, UTC, to the millisecond."""
        return _EPOCH + timedelta(milliseconds=self.received_ms)

    def properties(self) -> Properties:
        """Return what travels beside the body on the first publish; `of` reads it back to an equal
        webhook.
        """
        own: dict[str, Header] = {
            names.ID: self.id,
            names.SHOP: self.shop,
            names.RECEIVED: self.received_ms,
            names.SECRET: self.secret,
            names.ATTEMPT: 1,
        }
        if self.traceparent:
            own[names.TRACEPARENT] = self.traceparent
        for name, value in self.headers.items():
            own[names.HTTP + name] = value
        return Properties(self.content_type, self.topic, self.app, self.received_ms // 1000, own)

    @classmethod
    def of(cls, properties: Received, body: bytes) -> "Webhook":
        """Read a webhook from a message's properties and body, or raise Malformed."""
        table: Mapping[str, Any] = (
            properties.headers if isinstance(properties.headers, Mapping) else {}
        )
        if (received := names.number(table, names.RECEIVED, -1)) < 0:
            raise Malformed(f"header {names.RECEIVED} is no time in milliseconds")
        return cls(
            id=_required(table.get(names.ID), f"header {names.ID}"),
            app=_required(properties.app_id, "property app_id"),
            topic=_topic(_required(properties.message_type, "property type")),
            shop=_required(table.get(names.SHOP), f"header {names.SHOP}"),
            received_ms=received,
            content_type=_required(properties.content_type, "property content_type"),
            body=body,
            headers={
                name.removeprefix(names.HTTP): value
                for name, value in table.items()
                if name.startswith(names.HTTP) and isinstance(value, str)
            },
            secret=names.text(table, names.SECRET),
            traceparent=names.text(table, names.TRACEPARENT),
        )


def _required(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        msg = f"{what} is missing"
        raise Malformed(msg)
    return value


def _topic(raw: str) -> Topic:
    try:
        return Topic.parse(raw)
    except BadTopic as error:
        msg = f"property type: {error}"
        raise Malformed(msg) from error
