"""What a proven request means: topic, shop and id where headers do not say all of them, and
whether it is a webhook at all.
"""

from collections.abc import Mapping
from typing import Any

from ingress.platform import Claims, Platform, Shops
from ingress.source import Source, text_at
from ingress.topic_words import two_words

MAX_ECHO = 1024
"""Characters of a challenge that are answered."""


class Greeted(Exception):
    """A request is no webhook, but asks whether we are here: it is answered, and nothing stored."""

    def __init__(self, kind: str, content: Mapping[str, Any]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.content = dict(content)


PONG = {"ping": "pong"}


def needs_body(platform: Platform) -> bool:
    """Tell whether anything of the body has to be read."""
    sources: list[Source] = [*platform.topic, platform.shop, platform.delivery_id]
    return platform.challenge is not None or any(source.fields for source in sources)


def completed(platform: Platform, claims: Claims, body: Any, app: str) -> Claims:
    """Return the claims with all that the body and constants say; raises Greeted."""
    headers = claims.headers
    parts = [source.said(headers, body, app) for source in platform.topic]
    name = "/".join(part for part in parts if part)
    _greet(platform, name, body)

    topic = name
    if name and not platform.is_topic_as_written:
        topic = two_words(name)
    return claims._replace(
        topic=topic,
        shop=platform.shop.said(headers, body, app),
        delivery_id=platform.delivery_id.said(headers, body, app),
    )


def _greet(platform: Platform, name: str, body: Any) -> None:
    if name in platform.pings:
        raise Greeted("ping", PONG)

    challenge = platform.challenge
    if challenge is None or name != challenge.topic:
        return
    echo = text_at(body, challenge.field)
    if echo and len(echo) <= MAX_ECHO:
        raise Greeted("challenge", {challenge.field: echo})


def shop_name(shops: Shops, said: str) -> str:
    """Return the shop as it is known everywhere: one name for one shop."""
    if shops is Shops.ACCOUNTS:
        return said
    if shops is Shops.HOSTS:
        return said.lower().rstrip(".")

    _, _, address = said.rpartition("://")
    host, slash, path = address.partition("/")
    known = host.lower().rstrip(".")
    return f"{known}{slash}{path}".rstrip("/")
