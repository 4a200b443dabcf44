"""How each platform dresses its webhooks: header names and what identifies a delivery, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_NAME = 120
"""Characters of a header's name that is carried along: the AMQP client cuts names at 128 bytes."""
MAX_CARRIED = 16 * 1024
"""Bytes of platform headers carried along, at most: a table that outgrows an AMQP frame costs the connection."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Header names in lower case, each meaning in order of preference: vendors changed theirs over the years."""

    name: str
    topic: tuple[str, ...]
    shop: tuple[str, ...]
    signature: tuple[str, ...]
    delivery_id: tuple[str, ...]
    prefixes: tuple[str, ...]

    def carried(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the platform's headers by lower-case name, those that say what and whose it is first.

        Values hold what AMQP can: bytes that are not UTF-8 are read as Latin-1. What does not fit is left out.
        """
        given = {name.lower(): value for name, value in headers if name.lower().startswith(self.prefixes)}
        chosen, room = {}, MAX_CARRIED
        for name in sorted(given, key=lambda name: name not in self._first):
            value = _plain(given[name])
            room -= len(name) + len(value.encode())
            if len(name) <= MAX_NAME and room >= 0:
                chosen[name] = value
        return chosen

    @property
    def _first(self) -> tuple[str, ...]:
        return self.topic + self.shop + self.signature + self.delivery_id


def first(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first of the headers that is there and not blank, else the empty string."""
    return next((value for name in names if (value := headers.get(name, ""))), "")


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


def _plain(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # aiohttp keeps stray bytes as surrogates
        return value.encode(errors="surrogateescape").decode("latin-1")
    return value
