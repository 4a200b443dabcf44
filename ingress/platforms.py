"""The platforms that are built in. A user's own stand in a file: `platforms_file`."""

from collections.abc import Iterable

from ingress.platform import Challenge, Platform, Shops
from ingress.scheme import KeyForm, Scheme
from ingress.signature import Encoding
from ingress.source import APP, NOWHERE, Source

_EITHER = (Encoding.BASE64, Encoding.HEX)
_HEX = (Encoding.HEX,)


def _family(name: str, *prefixes: str, delivery_id: str = "") -> Platform:
    """Return a platform whose headers begin so; it sends no id where its name is not given."""

    def each(rest: str) -> tuple[str, ...]:
        return tuple(f"{prefix}{rest}" for prefix in prefixes)

    ids = NOWHERE
    if delivery_id:
        ids = Source(each(delivery_id))
    return Platform(
        name,
        signature_headers=each("hmac-sha256"),
        topic=(Source(each("topic")),),
        shop=Source(each("shop-domain")),
        delivery_id=ids,
        scheme=Scheme(encodings=_EITHER),
        prefixes=prefixes,
        is_topic_as_written=True,
        shops=Shops.HOSTS,
    )


_STANDARD = Scheme(
    signed="{id}.{timestamp}.{body}",
    prefix="v1,",
    separator=" ",
    timestamp_headers=("webhook-timestamp", "svix-timestamp"),
    id_headers=("webhook-id", "svix-id"),
    key=KeyForm.WHSEC,
)
_BIGCOMMERCE = Scheme(
    signed="{id}.{timestamp}.{body}",
    prefix="v1,",
    separator=" ",
    timestamp_headers=("webhook-timestamp",),
    id_headers=("webhook-id",),
)

_BUILT_IN = (
    # Spiffy sends no delivery id: X-Spiffy-Stores-ID is the store's own key.
    _family("spiffy", "x-spiffy-", "x-spiffy-stores-"),
    _family("shopify", "x-shopify-", "shopify-", delivery_id="webhook-id"),
    Platform(
        "github",
        signature_headers=("x-hub-signature-256",),
        topic=(Source(("x-github-event",)), Source(fields=("action",))),
        shop=Source(
            fields=(
                "organization.login",
                "repository.owner.login",
                "installation.account.login",
                "enterprise.slug",
                "sender.login",
            )
        ),
        delivery_id=Source(("x-github-delivery",)),
        scheme=Scheme(encodings=_HEX, prefix="sha256="),
        prefixes=("x-github-", "x-hub-"),
        pings=("ping",),
        sends_again=False,
    ),
    Platform(
        "stripe",
        signature_headers=("stripe-signature",),
        topic=(Source(fields=("type",)),),
        shop=Source(fields=("account", "context"), value=APP),
        delivery_id=Source(fields=("id",)),
        scheme=Scheme(
            signed="{timestamp}.{body}",
            encodings=_HEX,
            prefix="v1=",
            separator=",",
            timestamp_prefix="t=",
        ),
        prefixes=("stripe-",),
        pings=("v2.core.event_destination.ping",),
    ),
    Platform(
        "standard-webhooks",
        signature_headers=("webhook-signature", "svix-signature"),
        topic=(Source(fields=("type",)),),
        shop=Source(value=APP),
        delivery_id=Source(("webhook-id", "svix-id")),
        scheme=_STANDARD,
        prefixes=("webhook-", "svix-"),
    ),
    Platform(
        "slack",
        signature_headers=("x-slack-signature",),
        topic=(Source(fields=("type",)), Source(fields=("event.type",))),
        shop=Source(fields=("team_id", "enterprise_id")),
        delivery_id=Source(fields=("event_id",)),
        scheme=Scheme(
            signed="v0:{timestamp}:{body}",
            encodings=_HEX,
            prefix="v0=",
            timestamp_headers=("x-slack-request-timestamp",),
        ),
        prefixes=("x-slack-",),
        challenge=Challenge("url_verification", "challenge"),
    ),
    Platform(
        "woocommerce",
        signature_headers=("x-wc-webhook-signature",),
        topic=(Source(("x-wc-webhook-topic",)),),
        shop=Source(("x-wc-webhook-source",)),
        delivery_id=Source(("x-wc-webhook-delivery-id",)),
        prefixes=("x-wc-webhook-",),
        is_topic_as_written=True,
        shops=Shops.URLS,
        unsigned_ping="webhook_id=[0-9]{1,20}",
        sends_again=False,
    ),
    Platform(
        "bigcommerce",
        signature_headers=("webhook-signature",),
        topic=(Source(fields=("scope",), cut="store/"),),
        shop=Source(fields=("producer",), cut="stores/"),
        delivery_id=Source(("webhook-id",)),
        scheme=_BIGCOMMERCE,
        prefixes=("webhook-",),
    ),
    Platform(
        "paddle",
        signature_headers=("paddle-signature",),
        topic=(Source(fields=("event_type",)),),
        shop=Source(value=APP),
        delivery_id=Source(fields=("notification_id",)),
        scheme=Scheme(
            signed="{timestamp}:{body}",
            encodings=_HEX,
            prefix="h1=",
            separator=";",
            timestamp_prefix="ts=",
        ),
        prefixes=("paddle-",),
    ),
    Platform(
        "square",
        signature_headers=("x-square-hmacsha256-signature",),
        topic=(Source(fields=("type",)),),
        shop=Source(fields=("merchant_id",)),
        delivery_id=Source(fields=("event_id",)),
        scheme=Scheme(signed="{address}{body}"),
        prefixes=("x-square-", "square-"),
    ),
)
PLATFORMS = {platform.name: platform for platform in _BUILT_IN}


def told_missing(platform: Platform, what: str, headers: Iterable[str]) -> str:
    """Say what was looked for and is not there, and whose headers are there instead."""
    sentence = f"{what} is missing"
    present = {name.lower() for name in headers}
    for other in PLATFORMS.values():
        if present & (other.known_names - platform.known_names):
            return f"{sentence}; there are headers of the platform {other.name}"
    return sentence
