"""A platform: how it signs, and where its webhooks say topic, shop and id. Data, and reading it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from ingress.carried import carried
from ingress.scheme import PLAIN, Scheme
from ingress.source import NOWHERE, Source, said_by


class Claims(NamedTuple):
    """What a request's headers say of its webhook: "" where nothing, "a, b" where two differ."""

    topic: str
    shop: str
    signature: str
    delivery_id: str
    headers: Mapping[str, str]
    """All of the platform's headers, by lower-case name."""


class Shops(StrEnum):
    """What the platform's shops are called by."""

    HOSTS = "hosts"
    """Host names: case and a trailing dot say nothing."""
    URLS = "urls"
    """Addresses of pages: the host, and the path where there is one."""
    ACCOUNTS = "accounts"
    """Names and numbers of the platform's own, in which case may matter."""


class Challenge(NamedTuple):
    """A signed request by which a platform makes sure that an address is ours: it is answered with
    a field of its own body.
    """

    topic: str
    field: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Header names are in lower case. A meaning has several, for vendors renamed theirs.

    What stands in the body is read only after the signature holds.
    """

    name: str
    signature_headers: tuple[str, ...]
    topic: tuple[Source, ...]
    """Its parts: those that are there are joined by a slash."""
    shop: Source
    delivery_id: Source = NOWHERE
    scheme: Scheme = PLAIN
    prefixes: tuple[str, ...] = ()
    """Of the headers that are carried along, besides those with a meaning."""
    is_topic_as_written: bool = False
    """Else it is brought to two words: `topic_words`."""
    shops: Shops = Shops.ACCOUNTS
    pings: tuple[str, ...] = ()
    """Topics, as the platform writes them, that are answered and not stored."""
    challenge: Challenge | None = None
    unsigned_ping: str = ""
    """The whole body, as a regular expression, of a ping that comes without a signature."""
    sends_again: bool = True
    """Whether the platform sends again what was not answered with 200."""

    topic_headers: tuple[str, ...] = field(init=False)
    shop_headers: tuple[str, ...] = field(init=False)
    delivery_id_headers: tuple[str, ...] = field(init=False)
    known_names: frozenset[str] = field(init=False)
    """Of all headers that have a meaning."""
    beginnings: tuple[str, ...] = field(init=False)
    """Of the headers that are carried along."""
    is_in_headers: bool = field(init=False)
    """Whether headers say all, as it is, and every request is a webhook."""

    def __post_init__(self) -> None:
        of_topic = tuple(name for part in self.topic for name in part.headers)
        names = of_topic + self.shop.headers + self.delivery_id.headers + self.signature_headers
        known = frozenset(names + self.scheme.headers)
        others = sorted(name for name in known if not name.startswith(self.prefixes))

        self._set("topic_headers", of_topic)
        self._set("shop_headers", self.shop.headers)
        self._set("delivery_id_headers", self.delivery_id.headers)
        self._set("known_names", known)
        self._set("beginnings", (*self.prefixes, *others))
        self._set("is_in_headers", self._says_all_in_headers())

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _says_all_in_headers(self) -> bool:
        if self.pings or self.challenge is not None:
            return False
        if not self.is_topic_as_written or len(self.topic) > 1:
            return False

        sources = (*self.topic, self.shop, self.delivery_id)
        return all(source.is_header for source in sources)

    def read(self, headers: Iterable[tuple[str, str]]) -> Claims:
        """Return what the headers say. It is not proven: a signature covers no topic and no shop
        that stands in a header.
        """
        mine: dict[str, str] = {}
        for name, value in headers:
            low = _lower_if_prefixed(name, self.beginnings)
            if not low:
                continue
            if low in mine:
                mine[low] = f"{mine[low]}, {value}"
            else:
                mine[low] = value

        return Claims(
            topic=said_by(self.topic_headers, mine),
            shop=said_by(self.shop_headers, mine),
            signature=said_by(self.signature_headers, mine),
            delivery_id=said_by(self.delivery_id_headers, mine),
            headers=mine,
        )

    def carried(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return what is carried along of the platform's headers; what does not fit is left out."""
        return carried(headers, self.known_names)


@lru_cache(maxsize=1024)
def _lower_if_prefixed(name: str, prefixes: tuple[str, ...]) -> str:
    """Return the name in lower case where it has one of the prefixes, else the empty string."""
    low = name.lower()
    if low.startswith(prefixes):
        return low
    return ""
