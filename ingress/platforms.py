"""The headers of each platform's webhooks: what says what, and what is carried along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

MAX_HEADER_NAME = 120
"""Characters of a header's name that is carried along: the AMQP client cuts names at 128 bytes."""
MAX_CARRIED = 16 * 1024
"""Bytes of platform headers carried along: a table larger than an AMQP frame costs the link."""


class Claims(NamedTuple):
    """What a request's headers say of its webhook: "" where nothing, "a, b" where two differ."""

    topic: str
    shop: str
    signature: str
    delivery_id: str
    headers: Mapping[str, str]
    """All of the platform's headers, by lower-case name."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Header names in lower case. A meaning has several, for vendors renamed theirs; best first."""

    name: str
    topic_headers: tuple[str, ...]
    shop_headers: tuple[str, ...]
    signature_headers: tuple[str, ...]
    delivery_id_headers: tuple[str, ...]
    prefixes: tuple[str, ...]
    known_names: frozenset[str] = field(init=False)
    """Of all headers that have a meaning."""

    def __post_init__(self) -> None:
        names = frozenset(
            self.topic_headers
            + self.shop_headers
            + self.signature_headers
            + self.delivery_id_headers
        )
        object.__setattr__(self, "known_names", names)

    def read(self, headers: Iterable[tuple[str, str]]) -> Claims:
        """Return what the headers say. It is not proven: a signature covers the body alone."""
        mine: dict[str, str] = {}
        for name, value in headers:
            low = _lower_if_prefixed(name, self.prefixes)
            if not low:
                continue
            if low in mine:
                mine[low] = f"{mine[low]}, {value}"
            else:
                mine[low] = value

        return Claims(
            topic=_said(mine, self.topic_headers),
            shop=_said(mine, self.shop_headers),
            signature=_said(mine, self.signature_headers),
            delivery_id=_said(mine, self.delivery_id_headers),
            headers=mine,
        )

    def carried(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return what is carried along of the platform's headers; what does not fit is left out.

        Those that have a meaning come first. Values hold what AMQP can: bytes that are not UTF-8
        are read as Latin-1.
        """
        text = "".join(headers) + "".join(headers.values())
        if len(text) <= MAX_CARRIED and text.isascii():
            longest = max(map(len, headers), default=0)
            if longest <= MAX_HEADER_NAME:
                return dict(headers)
        return self._fitting(headers)

    def _fitting(self, headers: Mapping[str, str]) -> dict[str, str]:
        chosen: dict[str, str] = {}
        room = MAX_CARRIED
        for name in sorted(headers, key=self._has_no_meaning):
            value, size = _plain(headers[name])
            room -= size
            room -= len(name)
            if room >= 0 and len(name) <= MAX_HEADER_NAME:
                chosen[name] = value
        return chosen

    def _has_no_meaning(self, name: str) -> bool:
        return name not in self.known_names


def told_missing(platform: Platform, names: tuple[str, ...], headers: Iterable[str]) -> str:
    """Say which header was looked for and is not there, and whose headers are there instead."""
    sought = names[0].title()
    sentence = f"the header {sought} is missing"
    present = {name.lower() for name in headers}
    for other in PLATFORMS.values():
        if other is platform:
            continue
        if present & other.known_names:
            return f"{sentence}; there are headers of the platform {other.name}"
    return sentence


def _said(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return what the headers of these names say; a vendor may send an old and a new name at once.

    Where they agree, that is one value.
    """
    said = ""
    for name in names:
        value = headers.get(name)
        if not value or value == said:
            continue
        if said:
            value = f"{said}, {value}"
        said = value
    return said


def _family(*prefixes: str, delivery_id: str = "") -> dict[str, tuple[str, ...]]:
    """Return the names that begin with these prefixes; no id where its name is not given."""

    def each(rest: str) -> tuple[str, ...]:
        return tuple(f"{prefix}{rest}" for prefix in prefixes)

    ids: tuple[str, ...] = ()
    if delivery_id:
        ids = each(delivery_id)
    return {
        "topic_headers": each("topic"),
        "shop_headers": each("shop-domain"),
        "signature_headers": each("hmac-sha256"),
        "delivery_id_headers": ids,
        "prefixes": prefixes,
    }


PLATFORMS = {
    # Spiffy sends no delivery id: X-Spiffy-Stores-ID is the store's own key.
    "spiffy": Platform("spiffy", **_family("x-spiffy-", "x-spiffy-stores-")),
    "shopify": Platform("shopify", **_family("x-shopify-", "shopify-", delivery_id="webhook-id")),
}


@lru_cache(maxsize=1024)
def _lower_if_prefixed(name: str, prefixes: tuple[str, ...]) -> str:
    """Return the name in lower case where it has one of the prefixes, else the empty string."""
    low = name.lower()
    if low.startswith(prefixes):
        return low
    return ""


def _plain(value: str) -> tuple[str, int]:
    """Return the value as AMQP can hold it, and how many bytes it takes."""
    if value.isascii():
        return value, len(value)

    try:
        return value, len(value.encode())
    except UnicodeEncodeError:  # aiohttp keeps stray bytes as surrogates
        value = value.encode(errors="surrogateescape").decode("latin-1")
        return value, len(value.encode())
