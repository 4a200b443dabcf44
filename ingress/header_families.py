"""What a log line may tell of a refused request's headers: whose they are, and in which form its
signature is. Never a value.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ingress.platform import Platform
from ingress.platforms import PLATFORMS

ABSENT = "absent"
OTHER = "other"

_OF_OTHERS = {
    "x-gitlab-": "gitlab",
    "paypal-": "paypal",
    "x-shopline-": "shopline",
    "x-twilio-": "twilio",
    "x-amz-sns-": "amazon sns",
    "ce-": "cloudevents",
}
"""Whose headers begin so; names of one platform differ by more than these."""


def _of_platforms() -> dict[str, str]:
    """Return whose headers begin so. BigCommerce's are those of Standard Webhooks, which has the
    name.
    """
    names: dict[str, str] = {}
    for platform in PLATFORMS.values():
        for prefix in platform.prefixes:
            names.setdefault(prefix, platform.name)
    return names


_FAMILIES = _of_platforms() | _OF_OTHERS
_PREFIXES = tuple(_FAMILIES)
_SIGNATURES = tuple(name for platform in PLATFORMS.values() for name in platform.signature_headers)
_FORM = re.compile(
    r"(?P<base64>[A-Za-z0-9+/]{43}=)"
    r"|(?P<hex>[0-9a-fA-F]{64})"
    r"|(?P<url_safe_base64>[A-Za-z0-9_-]{43}=?)"
    r"|(?P<prefixed>[a-z0-9-]{2,12}=[A-Za-z0-9+/=_-]{27,128})"
)


def families(names: Iterable[str]) -> list[str]:
    """Return whose headers are among these names, each once."""
    together = tuple(names)
    return list(_families(together))


def form_of_signature(headers: Mapping[str, str], platform: Platform | None) -> str:
    """Return the form of the platform's signature header, of any platform's where none is known.

    That is `base64` or `hex` of 32 bytes, `url_safe_base64`, `prefixed` (sha256=…), `other` or
    `absent`.
    """
    names = _SIGNATURES
    if platform is not None:
        names = platform.signature_headers

    for name in names:
        value = headers.get(name)
        if value:
            return _form(value)
    return ABSENT


def _form(value: str) -> str:
    match = _FORM.fullmatch(value)
    if match is None:
        return OTHER
    return match.lastgroup or OTHER


@lru_cache(maxsize=512)
def _families(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the families in the order in which they come; a sender's names are always the same."""
    found: dict[str, None] = {}
    for name in names:
        family = _family(name)
        if family:
            found[family] = None
    return tuple(found)


@lru_cache(maxsize=1024)
def _family(name: str) -> str:
    """Return whose header this is, else the empty string."""
    low = name.lower()
    if not low.startswith(_PREFIXES):
        return ""

    for prefix, family in _FAMILIES.items():
        if low.startswith(prefix):
            return family
    return ""
