"""A platform of a user's own, as its table in the file says it: what may stand there. Pure."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ingress.platform import Challenge, Platform, Shops
from ingress.scheme import SIGNED, TOLERANCE, KeyForm, Scheme
from ingress.signature import Encoding
from ingress.source import NOWHERE, Source
from runtime.setting_types import kind, listed, text

EXAMPLES = {
    "signature": '"x-acme-signature", or a list, the best first',
    "topic": '{header = "x-acme-topic"}, or a list of parts that a slash joins',
    "shop": '{field = "account.id"}, or {value = "{app}"}',
    "delivery_id": '{header = "x-acme-delivery"}',
    "signed": '"{timestamp}.{body}"',
    "digest": '"sha256"',
    "encoding": '"hex" or "base64"',
    "prefix": '"v1="',
    "separator": '","',
    "timestamp_prefix": '"t="',
    "timestamp": '"x-acme-timestamp"',
    "id": '"x-acme-id"',
    "tolerance": "300",
    "key": '"text" or "whsec"',
    "prefixes": '["x-acme-"]',
    "topic_as_written": "true",
    "shops": '"hosts", "urls" or "accounts"',
    "pings": '["ping"]',
    "challenge": '{topic = "url_verification", field = "challenge"}',
    "sends_again": "false",
}
"""What a platform's table may say."""
_DIGESTS = ("sha256", "sha1", "sha384", "sha512")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_PLACES = {"header", "field", "value", "cut"}


def _headers(value: Any) -> tuple[str, ...]:
    names = tuple(name.lower() for name in listed(value))
    if not all(map(_HEADER.fullmatch, names)):
        raise ValueError("no name of a header")
    return names


def _source(value: Any) -> Source:
    if isinstance(value, Source):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"a table is wanted, not {kind(value)}")  # noqa: TRY004 - pydantic tells ValueErrors alone
    if not value or not set(value) <= _PLACES:
        raise ValueError("a place is header, field or value, and what to cut from its beginning")

    return Source(
        _headers(value.get("header", [])),
        tuple(listed(value.get("field", []))),
        text(value.get("value", "")),
        text(value.get("cut", "")),
    )


def _sources(value: Any) -> tuple[Source, ...]:
    if isinstance(value, list):
        return tuple(_source(one) for one in value)
    return (_source(value),)


def _signed(value: Any) -> str:
    written = text(value)
    if not SIGNED.fullmatch(written):
        raise ValueError("a text with {id}, {timestamp} or {address}, and {body} at its end")
    return written


def _one_of(*choices: str) -> BeforeValidator:
    def check(value: Any) -> str:
        written = text(value).lower()
        if written not in choices:
            raise ValueError(f"it is one of {', '.join(choices)}")
        return written

    return BeforeValidator(check)


def _challenge(value: Any) -> Challenge:
    if not isinstance(value, Mapping) or set(value) != {"topic", "field"}:
        raise ValueError("a table with topic and field is wanted")
    return Challenge(text(value["topic"]), text(value["field"]))


_Headers = Annotated[tuple[str, ...], BeforeValidator(_headers)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(listed(value)))]


class PlatformTable(BaseModel):
    """A platform as it is written. An empty or missing `topic` or `shop` is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    signature: _Headers = Field(min_length=1)
    topic: Annotated[tuple[Source, ...], BeforeValidator(_sources)] = Field(min_length=1)
    shop: Annotated[Source, BeforeValidator(_source)]
    delivery_id: Annotated[Source, BeforeValidator(_source)] = NOWHERE
    signed: Annotated[str, BeforeValidator(_signed)] = "{body}"
    digest: Annotated[str, _one_of(*_DIGESTS)] = "sha256"
    encoding: Annotated[Encoding, _one_of(*Encoding)] = Encoding.BASE64
    prefix: str = ""
    separator: str = ""
    timestamp_prefix: str = ""
    timestamp: _Headers = ()
    id: _Headers = ()
    tolerance: int = Field(TOLERANCE, ge=1, le=86_400)
    key: Annotated[KeyForm, _one_of(*KeyForm)] = KeyForm.TEXT
    prefixes: _Headers = ()
    topic_as_written: bool = False
    shops: Annotated[Shops, _one_of(*Shops)] = Shops.ACCOUNTS
    pings: _Texts = ()
    challenge: Annotated[Challenge | None, BeforeValidator(_challenge)] = None
    sends_again: bool = True

    def contradictions(self) -> str:
        """Say what does not go together; the empty string where all does."""
        is_timed = "{timestamp}" in self.signed
        says_when = bool(self.timestamp) or bool(self.timestamp_prefix)
        if is_timed and not says_when:
            return "signed: it has {timestamp}; say where that is: timestamp or timestamp_prefix"
        if says_when and not is_timed:
            return "timestamp: it is not signed, so it proves nothing; put {timestamp} into signed"
        if self.timestamp_prefix and not self.separator:
            return "timestamp_prefix: say the separator of the header's entries too"
        if ("{id}" in self.signed) != bool(self.id):
            return "id: the header whose value {id} stands for in signed; both or neither"
        return ""

    def platform(self, name: str) -> Platform:
        """Return it as the built-in ones are."""
        scheme = Scheme(
            signed=self.signed,
            digest=self.digest,
            encodings=(self.encoding,),
            prefix=self.prefix,
            separator=self.separator,
            timestamp_prefix=self.timestamp_prefix,
            timestamp_headers=self.timestamp,
            id_headers=self.id,
            tolerance=self.tolerance,
            key=self.key,
        )
        return Platform(
            name,
            self.signature,
            self.topic,
            self.shop,
            self.delivery_id,
            scheme,
            self.prefixes,
            is_topic_as_written=self.topic_as_written,
            shops=self.shops,
            pings=self.pings,
            challenge=self.challenge,
            sends_again=self.sends_again,
        )
