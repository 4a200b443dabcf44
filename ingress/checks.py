"""What a request must say to be taken in, besides its body."""

import re
from functools import lru_cache
from math import ceil
from time import monotonic

from ingress.buckets import Buckets, source_of
from ingress.content import content_type_of
from ingress.entrance import Entrance
from ingress.meaning import PONG, Greeted, completed
from ingress.platform import Claims, Platform
from ingress.platforms import told_missing
from ingress.refusals import Refusal, Refused
from ingress.request import Request
from ingress.signature import Unverified
from ingress.source import said_by
from schemas.body import decode
from schemas.topic import BadTopic, Topic
from schemas.undecodable import Undecodable

_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}[0-9a-f-]{0,60}")
_LONGEST_PING = 100
"""Bytes of a ping without a signature."""


def address(request: Request, entrance: Entrance) -> None:
    """Count the request as one of its address, until it is proven; raises Refused."""
    if entrance.addresses is not None:
        source = source_of(request.client.address)
        _take(entrance.addresses, source, Refusal.ADDRESS_LIMITED, entrance)


def _take(buckets: Buckets, key: str, code: Refusal, entrance: Entrance) -> None:
    """Take one of the key's; raises Refused, which says when to come again where the platform
    does.
    """
    wait = buckets.take(key, monotonic())
    if not wait:
        return

    retry_after = 0
    if entrance.platform.sends_again:
        retry_after = ceil(wait)
    raise Refused(code, retry_after=retry_after)


def verified(request: Request, raw: bytes, claims: Claims, entrance: Entrance) -> str:
    """Return the name of the secret that the request was signed with, or raise Refused or, for a
    ping that its platform does not sign, Greeted.
    """
    try:
        secret = entrance.prove(raw, claims)
    except Unverified as unverified:
        reason = unverified.reason
    else:
        if entrance.addresses is not None:
            entrance.addresses.give_back(source_of(request.client.address))
        return secret

    detail = ""
    if reason is Refusal.MISSING_SIGNATURE:
        _greet_unsigned(entrance.platform, claims, raw)
        detail = _told_unsigned(request, claims, entrance.platform)
    raise Refused(reason, detail)


def _greet_unsigned(platform: Platform, claims: Claims, raw: bytes) -> None:
    """Raise Greeted where it is a ping as the platform sends them: these bytes and no header."""
    pattern = platform.unsigned_ping
    if not pattern or claims.headers or len(raw) > _LONGEST_PING:
        return
    if re.fullmatch(pattern.encode(), raw):
        raise Greeted("ping", PONG)


def _told_unsigned(request: Request, claims: Claims, platform: Platform) -> str:
    """Say which header of a signature is missing."""
    scheme = platform.scheme
    sought = platform.signature_headers
    if claims.signature.strip():
        groups = (scheme.timestamp_headers, scheme.id_headers)
        silent = (names for names in groups if names and not said_by(names, claims.headers))
        sought = next(silent, sought)
    return told_missing(platform, f"the header {sought[0].title()}", request.headers)


def meant(request: Request, raw: bytes, claims: Claims, entrance: Entrance) -> Claims:
    """Return the claims with what the body and constants say; raises Refused, and Greeted for what
    is no webhook.
    """
    body = None
    if entrance.needs_body:
        content_type = content_type_of(request.headers, raw)
        try:
            body = decode(raw, content_type)
        except Undecodable:
            raise Refused(Refusal.BAD_BODY, "the body cannot be read") from None
    return completed(entrance.platform, claims, body, entrance.name)


def topic(request: Request, claims: Claims, entrance: Entrance) -> Topic:
    """Return the topic, one that the app takes, or raise Refused."""
    if not claims.topic:
        platform = entrance.platform
        detail = told_missing(platform, str(platform.topic[0]), request.headers)
        raise Refused(Refusal.MISSING_TOPIC, detail)

    try:
        parsed = _parsed(claims.topic)
    except BadTopic:
        raise Refused(Refusal.BAD_TOPIC) from None

    if not entrance.takes(parsed):
        raise Refused(Refusal.UNKNOWN_TOPIC)
    return parsed


_parsed = lru_cache(maxsize=1024)(Topic.parse)


def shop(request: Request, claims: Claims, entrance: Entrance) -> str:
    """Return the shop, one that the app takes, or raise Refused."""
    if not claims.shop:
        platform = entrance.platform
        detail = told_missing(platform, str(platform.shop), request.headers)
        raise Refused(Refusal.MISSING_SHOP, detail)

    name = entrance.shop(claims.shop)
    if entrance.shops is not None:
        _take(entrance.shops, name, Refusal.SHOP_LIMITED, entrance)
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
