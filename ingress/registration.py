"""The app as the ingress knows it: whose webhooks it takes, and which."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
)

from ingress import shop_settings
from ingress.named_secrets import secrets_of
from ingress.platform import Platform, Shops
from ingress.platforms import PLATFORMS
from ingress.prove import BadKey, Keys, key_of
from ingress.secret import Secret
from ingress.signature import Encoding
from runtime.setting_types import listed, text
from schemas.given_names import check_name
from schemas.rate import Rate
from schemas.topic import BadTopic, Topic

ANY_SHOP = {
    Shops.HOSTS: re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE),
    Shops.URLS: re.compile(
        r"[a-z0-9][a-z0-9.-]{0,251}(?::[0-9]{1,5})?(?:/[\x21-\x7e]*)?", re.IGNORECASE
    ),
    Shops.ACCOUNTS: re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/|~-]{0,252}"),
}
"""What a shop may be called where the app does not say."""


def _platform(value: Any, info: ValidationInfo) -> Platform:
    if isinstance(value, Platform):
        return value

    platforms: Mapping[str, Platform] = info.context or PLATFORMS
    name = text(value).lower()
    if name not in platforms:
        known = ", ".join(platforms)
        raise ValueError(f"no platform that is known; there are {known}")
    return platforms[name]


def _platform_of(info: ValidationInfo) -> Platform:
    """Return the app's platform; another one where the app's is wrong, which is told already."""
    platform: Platform = info.data.get("platform", PLATFORMS["spiffy"])
    return platform


def _secrets(value: Any, info: ValidationInfo) -> dict[str, Secret]:
    secrets = secrets_of(value)
    form = _platform_of(info).scheme.key
    for name, secret in secrets.items():
        try:
            key_of(secret, form)
        except BadKey as error:
            raise ValueError(f"the secret {name!r} {error}") from None
    return secrets


def _encoding(value: Any, info: ValidationInfo) -> Encoding:
    platform = _platform_of(info)
    possible = platform.scheme.encodings
    if value is None:
        return possible[0]

    written = text(value).lower()
    if written not in possible:
        choices = " or ".join(possible)
        raise ValueError(f"the platform {platform.name} writes its signatures in {choices}")
    return Encoding(written)


def _address(value: Any, info: ValidationInfo) -> str:
    platform = _platform_of(info)
    address = text(value)
    if address and not address.startswith(("http://", "https://")):
        raise ValueError("an address begins with https://")
    if not address and platform.scheme.has_address:
        raise ValueError(
            f"the platform {platform.name} signs the address that it posts to; say it as it is "
            "written there"
        )
    return address


def _pattern(value: Any, info: ValidationInfo) -> Any:
    if value is None:
        return ANY_SHOP[_platform_of(info).shops]
    if isinstance(value, re.Pattern):
        return value

    written = text(value)
    if "[[shops]]" in written:
        raise ValueError("a pattern is wanted; a list of shops is named by HOOKLINE_SHOPS_LIST")
    try:
        return re.compile(written)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _refused(value: Any, info: ValidationInfo) -> frozenset[str]:
    return shop_settings.refused_shops(value, _platform_of(info).shops)


def _domains(value: Any, info: ValidationInfo) -> dict[str, str]:
    return shop_settings.domains(value, _platform_of(info).shops)


def _topics(value: Any) -> frozenset[str] | None:
    if value is None:
        return None

    topics = frozenset(_topic(topic) for topic in listed(value))
    if not topics:
        raise ValueError("no topic in it; leave it out to take any")
    return topics


def _topic(written: str) -> str:
    try:
        return Topic.parse(written)
    except BadTopic as error:
        shown = written[:60]
        raise ValueError(f"{error}, not {shown!r}") from None


class App(BaseModel):
    """One registered application.

    `platform` is given by its name. `secrets` are by name, several while one is being replaced.
    `encoding`, whose setting is called signature, is that of the digest. `address` is what the
    platform posts to, as it is written there. `shops` is a regular expression that a shop must
    match as a whole, `topics` the only ones taken; None takes any. `domains` are other names of
    shops. The rates are of each shop, and of each address that has proven nothing.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    name: Annotated[str, AfterValidator(lambda name: check_name("app", name))]
    # Above what depends on it: fields are validated in this order.
    platform: Annotated[Platform, PlainValidator(_platform)] = PLATFORMS["spiffy"]
    secrets: Annotated[Mapping[str, Secret], PlainValidator(_secrets)] = Field(
        (), validate_default=True, repr=False
    )
    encoding: Annotated[Encoding, BeforeValidator(_encoding)] = Field(
        None, validate_default=True, validation_alias="signature"
    )
    address: Annotated[str, BeforeValidator(_address)] = Field("", validate_default=True)
    shops: Annotated[re.Pattern[str], BeforeValidator(_pattern)] = Field(
        None, validate_default=True
    )
    topics: Annotated[frozenset[str] | None, BeforeValidator(_topics)] = None
    refused_shops: Annotated[frozenset[str], BeforeValidator(_refused)] = frozenset()
    domains: Annotated[Mapping[str, str], BeforeValidator(_domains)] = Field(default_factory=dict)
    shop_rate: Annotated[Rate | None, PlainValidator(shop_settings.rate)] = None
    address_rate: Annotated[Rate | None, PlainValidator(shop_settings.rate)] = None

    @property
    def keys(self) -> Keys:
        """What its webhooks are proven by, secrets that have ended included."""
        return Keys(self.secrets, self.encoding, self.address)

    def proves_at(self, now: float) -> bool:
        """Tell whether it has a secret that counts at a moment, in seconds since 1970."""
        return any(secret.holds_at(now) for secret in self.secrets.values())

    def keys_at(self, now: float) -> Keys:
        """What its webhooks are proven by at a moment, in seconds since 1970."""
        held = {name: bytes(one) for name, one in self.secrets.items() if one.holds_at(now)}
        return Keys(held, self.encoding, self.address)
