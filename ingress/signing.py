"""A request as its platform would send it: for trying things out."""

from collections.abc import Callable
from time import time

from ingress.entrance import Entrance, entrance_of
from ingress.meaning import Greeted, completed, shop_name
from ingress.platform import Claims, Platform, Shops
from ingress.prove import Keys, before_body, key_of, written
from ingress.registration import App
from schemas.body import decode
from schemas.identity import new_id
from schemas.undecodable import Undecodable


class CannotSay(ValueError):
    """The request would say something else than what is asked for; the message says what."""


def signed_headers(
    app: App,
    topic: str,
    shop: str,
    body: bytes,
    content_type: str,
    clock: Callable[[], float] = time,
) -> dict[str, str]:
    """Return the headers that the app's platform would send, signed with its first secret of those
    that have not ended.

    Raises CannotSay where all have, and where topic or shop stand in the body, and that says
    others.
    """
    platform = app.platform
    now = clock()
    keys = app.keys_at(now)
    if not keys.secrets:
        raise CannotSay(f"all secrets of app {app.name} have ended (until=): none signs")

    headers = {"content-type": content_type, **_meaning(platform, topic, shop)}
    headers |= _signature(platform, keys, body, now)

    claims = platform.read(headers.items())
    _check_said(entrance_of(app), claims, topic, shop, body, content_type)
    return headers


def _meaning(platform: Platform, topic: str, shop: str) -> dict[str, str]:
    """Return the headers that say topic and shop, where the platform has such."""
    headers: dict[str, str] = {}
    if platform.topic_headers:
        said = topic
        if len(platform.topic) > 1:
            said, _, _ = topic.partition("/")
        headers[platform.topic_headers[0]] = said

    if platform.shop_headers:
        address = shop
        if platform.shops is Shops.URLS and "://" not in shop:
            address = f"https://{shop}/"
        headers[platform.shop_headers[0]] = address
    return headers


def _signature(platform: Platform, keys: Keys, body: bytes, now: float) -> dict[str, str]:
    """Return the headers that prove the body, as sent at a time in seconds since 1970."""
    scheme = platform.scheme
    headers: dict[str, str] = {}
    seconds = int(now)
    timestamp = ""
    delivery = ""
    if scheme.is_timed:
        timestamp = str(seconds)
    if scheme.id_headers:
        delivery = f"msg_{new_id(seconds * 1000)}"
        headers[scheme.id_headers[0]] = delivery

    first_secret, *_ = keys.secrets.values()
    key = key_of(first_secret, scheme.key)
    signed = before_body(scheme, keys.address, timestamp, delivery) + body
    entry = scheme.prefix + written(scheme, key, signed, keys.encoding).decode()
    if scheme.timestamp_headers:
        headers[scheme.timestamp_headers[0]] = timestamp
    elif scheme.is_timed:
        entry = f"{scheme.timestamp_prefix}{timestamp}{scheme.separator}{entry}"
    headers[platform.signature_headers[0]] = entry
    return headers


def _check_said(
    entrance: Entrance, claims: Claims, topic: str, shop: str, body: bytes, content_type: str
) -> None:
    """Raise CannotSay where the request says another topic or shop than those."""
    platform = entrance.platform
    try:
        content = decode(body, content_type) if entrance.needs_body else None
        said = completed(platform, claims, content, entrance.name)
    except Undecodable as error:
        raise CannotSay(f"the body cannot be read, which says the topic: {error}") from None
    except Greeted:
        return

    if said.topic != topic:
        place = " and ".join(str(source) for source in platform.topic)
        raise CannotSay(f"{platform.name} says the topic by {place}: {said.topic!r:.80}")
    if shop and shop_name(platform.shops, said.shop) != shop_name(platform.shops, shop):
        raise CannotSay(f"{platform.name} says the shop by {platform.shop}: {said.shop!r:.80}")
