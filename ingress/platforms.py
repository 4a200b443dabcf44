"""How each platform dresses its webhooks: header names and what identifies a delivery, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

MAX_NAME = 120
"""Characters of a header's name that is carried along: the AMQP client cuts names at 128 bytes."""
MAX_CARRIED = 16 * 1024
"""Bytes of platform headers carried along, at most: a table that outgrows an AMQP frame costs the
connection.
"""


class Claims(NamedTuple):
    """What a request's headers say of its webhook. Empty where it is nothing, "a, b" where two of
    them differ.
    """

    topic: str
    shop: str
    signature: str
    delivery_id: str
    own: Mapping[str, str]
    """All of the platform's headers, by lower-case name."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Header names in lower case, each meaning in order of preference: vendors changed theirs over
    the years.
    """

    name: str
    topic: tuple[str, ...]
    shop: tuple[str, ...]
    signature: tuple[str, ...]
    delivery_id: tuple[str, ...]
    prefixes: tuple[str, ...]
    first: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "first", frozenset(self.topic + self.shop + self.signature + self.delivery_id)
        )

    def read(self, headers: Iterable[tuple[str, str]]) -> Claims:
        """Return what the headers say. No part of it is proven: a signature covers the body alone."""
        own: dict[str, str] = {}
        for name, value in headers:
            if low := _own(name, self.prefixes):
                own[low] = f"{own[low]}, {value}" if low in own else value
        return Claims(
            _said(own, self.topic),
            _said(own, self.shop),
            _said(own, self.signature),
            _said(own, self.delivery_id),
            own,
        )

    def carried(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return what of the platform's own headers is carried along, those that say what and whose
        it is first.

        Values hold what AMQP can: bytes that are not UTF-8 are read as Latin-1. What does not fit
        is left out.
        """
        text = "".join(own) + "".join(own.values())
        if (
            len(text) <= MAX_CARRIED
            and text.isascii()
            and max(map(len, own), default=0) <= MAX_NAME
        ):
            return dict(own)

        chosen, room = {}, MAX_CARRIED
        for name in sorted(own, key=self._rank):
            value, size = _plain(own[name])
            room -= len(name) + size
            if len(name) <= MAX_NAME and room >= 0:
                chosen[name] = value
        return chosen

    def _rank(self, name: str) -> bool:
        return name not in self.first


def missing(platform: Platform, names: tuple[str, ...], headers: Iterable[str]) -> str:
    """Say which header was looked for and is not there, and whose headers are there instead."""
    present = [name.lower() for name in headers]
    others = [
        other.name
        for other in PLATFORMS.values()
        if other.name != platform.name and any(name in other.first for name in present)
    ]
    sentence = f"the header {names[0].title()} is missing"
    return f"{sentence}; there are headers of the platform {others[0]}" if others else sentence


def _said(own: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return what the headers of these names say: a vendor that has renamed a header may send both,
    if they agree.
    """
    said = ""
    for name in names:
        value = own.get(name)
        if value and value != said:
            said = f"{said}, {value}" if said else value
    return said


def _family(*prefixes: str, delivery_id: str = "") -> dict[str, tuple[str, ...]]:
    return {
        "topic": tuple(f"{prefix}topic" for prefix in prefixes),
        "shop": tuple(f"{prefix}shop-domain" for prefix in prefixes),
        "signature": tuple(f"{prefix}hmac-sha256" for prefix in prefixes),
        "delivery_id": tuple(f"{prefix}{delivery_id}" for prefix in prefixes if delivery_id),
        "prefixes": prefixes,
    }


PLATFORMS = {
    # Spiffy sends no delivery id: X-Spiffy-Stores-ID is the store's own key.
    "spiffy": Platform("spiffy", **_family("x-spiffy-", "x-spiffy-stores-")),
    "shopify": Platform("shopify", **_family("x-shopify-", "shopify-", delivery_id="webhook-id")),
}


@lru_cache(maxsize=1024)
def _own(name: str, prefixes: tuple[str, ...]) -> str:
    """Return the name in lower case where it is the platform's, else the empty string."""
    low = name.lower()
    return low if low.startswith(prefixes) else ""


def _plain(value: str) -> tuple[str, int]:
    """Return the value, and how many bytes it takes."""
    if value.isascii():
        return value, len(value)
    try:
        return value, len(value.encode())
    except UnicodeEncodeError:  # aiohttp keeps stray bytes as surrogates
        value = value.encode(errors="surrogateescape").decode("latin-1")
        return value, len(value.encode())
