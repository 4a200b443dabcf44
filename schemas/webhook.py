"""The webhook: one verified request as an immutable record.

It becomes the properties of a message, and is read back from them unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from schemas import headers as webhook_headers
from schemas.bucket import bucket
from schemas.headers import Header
from schemas.properties import Properties, ReceivedProperties
from schemas.topic import BadTopic, Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Malformed(ValueError):
    """The message is no webhook of ours; the sentence names what is wrong in it."""


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
        """SHA-256 over app, topic, shop and body (64 hex digits): the same where the platform sent
        the same thing twice.

        Bodies repeat for good reasons (a cart that goes from one item to two and back), so this is
        no id. None of app, topic and shop holds a line feed, so no two different inputs run
        together. Computed anew at each call.
        """
        origin = f"{self.app}\n{self.topic}\n{self.shop}\n"
        hashed = sha256(origin.encode() + self.body)
        return hashed.hexdigest()

    @property
    def routing_key(self) -> str:
        """Topic and bucket of the shop, as AMQP routing key: `orders.create.17`."""
        number = bucket(self.shop)
        return f"{self.topic.routing_key}.{number}"

    @property
    def received_at(self) -> datetime:
        """When the ingress took it in: aware, UTC, to the millisecond."""
        since_epoch = timedelta(milliseconds=self.received_ms)
        return _EPOCH + since_epoch

    def properties(self) -> Properties:
        """Return what travels beside the body on the first publish.

        `of` reads it back to an equal webhook.
        """
        own: dict[str, Header] = {
            webhook_headers.ID: self.id,
            webhook_headers.SHOP: self.shop,
            webhook_headers.RECEIVED: self.received_ms,
            webhook_headers.SECRET: self.secret,
            webhook_headers.ATTEMPT: 1,
        }
        if self.traceparent:
            own[webhook_headers.TRACEPARENT] = self.traceparent

        for name, value in self.headers.items():
            own[webhook_headers.HTTP + name] = value

        seconds = self.received_ms // 1000
        return Properties(self.content_type, self.topic, self.app, seconds, own)

    @classmethod
    def of(cls, properties: ReceivedProperties, body: bytes) -> "Webhook":
        """Read a webhook from a message's properties and body, or raise Malformed."""
        table = properties.headers
        received_ms = webhook_headers.number(table, webhook_headers.RECEIVED, -1)
        if received_ms < 0:
            raise Malformed(f"header {webhook_headers.RECEIVED} is no time in milliseconds")

        headers: dict[str, str] = {}
        for name, value in table.items():
            if name.startswith(webhook_headers.HTTP) and isinstance(value, str):
                plain = name.removeprefix(webhook_headers.HTTP)
                headers[plain] = value

        return cls(
            id=_required(table.get(webhook_headers.ID), f"header {webhook_headers.ID}"),
            app=_required(properties.app_id, "property app_id"),
            topic=_topic(properties.type),
            shop=_required(table.get(webhook_headers.SHOP), f"header {webhook_headers.SHOP}"),
            received_ms=received_ms,
            content_type=_required(properties.content_type, "property content_type"),
            body=body,
            headers=headers,
            secret=webhook_headers.text(table, webhook_headers.SECRET),
            traceparent=webhook_headers.text(table, webhook_headers.TRACEPARENT),
        )


def _required(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed(f"{what} is missing")
    return value


def _topic(value: object) -> Topic:
    raw = _required(value, "property type")
    try:
        return Topic.parse(raw)
    except BadTopic as error:
        raise Malformed(f"property type: {error}") from error
