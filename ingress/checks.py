"""What a request must say to be taken in, besides its body."""

import re
from functools import lru_cache

from ingress.platforms import Claims, told_missing
from ingress.refusals import Refusal, Refused
from ingress.registration import App
from ingress.request import Request
from ingress.signature import Unverified, verify
from schemas.topic import BadTopic, Topic

_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[0-9a-f-]{0,60}")
HOST_LENGTH = 253
"""Characters: the longest host name."""


def verified(request: Request, raw: bytes, claims: Claims, app: App) -> str:
    """Return the name of the secret that the body was signed with, or raise Refused."""
    try:
        return verify(raw, claims.signature, app.secrets, app.encoding)
    except Unverified as unverified:
        reason = unverified.reason

    detail = ""
    if reason is Refusal.MISSING_SIGNATURE:
        detail = told_missing(app.platform, app.platform.signature_headers, request.headers)
    raise Refused(reason, detail)


def topic(request: Request, claims: Claims, app: App) -> Topic:
    """Return the topic, one that the app takes, or raise Refused."""
    if not claims.topic:
        detail = told_missing(app.platform, app.platform.topic_headers, request.headers)
        raise Refused(Refusal.MISSING_TOPIC, detail)

    try:
        parsed = _parsed(claims.topic)
    except BadTopic:
        raise Refused(Refusal.BAD_TOPIC) from None

    if app.topics is not None and parsed not in app.topics:
        raise Refused(Refusal.UNKNOWN_TOPIC)
    return parsed


_parsed = lru_cache(maxsize=1024)(Topic.parse)


def shop(request: Request, claims: Claims, app: App) -> str:
    """Return the shop, one that the app takes, or raise Refused."""
    name = claims.shop
    if not name:
        detail = told_missing(app.platform, app.platform.shop_headers, request.headers)
        raise Refused(Refusal.MISSING_SHOP, detail)

    if len(name) > HOST_LENGTH or not name.isascii():
        raise Refused(Refusal.BAD_SHOP)
    # A comma stands between two headers that differ: no pattern may take them for one name.
    if "," in name:
        raise Refused(Refusal.BAD_SHOP)
    if not app.shops.fullmatch(name):
        raise Refused(Refusal.BAD_SHOP)
    return name


def traceparent(request: Request) -> str:
    """Return the one well-formed traceparent of the request, else the empty string."""
    if "traceparent" not in request.headers:
        return ""

    given = request.headers.getall("traceparent")
    if len(given) > 1:
        return ""

    only = given[0]
    if _TRACEPARENT.fullmatch(only):
        return only
    return ""


def delivery_id(given: str) -> str:
    """Return the platform's id of the delivery where it can be ours, else the empty string."""
    if given and _DELIVERY_ID.fullmatch(given):
        return given
    return ""
