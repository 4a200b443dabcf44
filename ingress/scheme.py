"""How a platform signs: what of a request, with which key, and how the header says it. Data."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ingress.signature import Encoding

TOLERANCE = 300
"""Seconds by which a signed timestamp may differ from our clock, either way."""
MOST_ENTRIES = 16
"""Parts of one signature header: a sender has two or three while its secret is replaced."""
SIGNED = re.compile(r"(?:[^{}]|\{(?:id|timestamp|address)\})*\{body\}")
"""What can be signed: texts and parts of the request, the body last."""


class KeyForm(StrEnum):
    """What of a secret is the key."""

    TEXT = "text"
    """The secret as it is written."""
    WHSEC = "whsec"
    """What the base64 behind `whsec_` stands for: Standard Webhooks."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a platform signs; by default the raw body, as Spiffy and Shopify do.

    `signed` is a text with `{id}`, `{timestamp}`, `{address}` and `{body}`, for example
    `{timestamp}.{body}`; the address is ours, as the platform knows it. A header may hold several
    entries, with a `separator` between them. The entries that begin with `prefix` are signatures,
    and the one that begins with `timestamp_prefix` is the timestamp, in seconds since 1970; where
    the timestamp stands in a header of its own, that is one of `timestamp_headers`.
    """

    signed: str = "{body}"
    digest: str = "sha256"
    encodings: tuple[Encoding, ...] = (Encoding.BASE64,)
    """How the digest may be written. The first is the default; an app may ask for another."""
    prefix: str = ""
    separator: str = ""
    timestamp_prefix: str = ""
    timestamp_headers: tuple[str, ...] = ()
    id_headers: tuple[str, ...] = ()
    """Where `{id}` comes from."""
    tolerance: int = TOLERANCE
    key: KeyForm = KeyForm.TEXT

    @property
    def is_plain(self) -> bool:
        """Whether the header is the digest of the body, and nothing besides."""
        is_of_body = self.signed == "{body}" and self.digest == "sha256"
        return is_of_body and not (self.prefix or self.separator or self.is_timed)

    @property
    def is_timed(self) -> bool:
        """Whether there is a timestamp in what is signed."""
        return "{timestamp}" in self.signed

    @property
    def has_address(self) -> bool:
        """Whether the address that the platform posts to is signed too."""
        return "{address}" in self.signed

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that are needed besides the signature."""
        return self.timestamp_headers + self.id_headers


PLAIN = Scheme()
