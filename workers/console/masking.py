"""What of a body is not for everybody's eyes: by the names of keys. Pure."""

import re
from collections.abc import Iterable, Sequence

MASKED = (
    "address", "birth", "city", "email", "iban", "ip", "latitude", "longitude", "name", "passport",
    "password", "phone", "postcode", "secret", "signature", "ssn", "tax_number", "token", "zip",
)  # fmt: skip
"""Words: a key that has one of them, whole or as a part of a longer one, is masked with all within.
"""
MASK = "•••"
"""Stands in place of what is masked."""

MOST_KNOWN = 10_000
"""Keys of which it is remembered: bodies may hold any number of others."""
_BREAKS = re.compile(r"[^a-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SHORT = 3
"""Letters of a word up to which it must stand alone: `ip` is no part of `shipping`."""


class Masking:
    """Tells which keys are masked; without any word nothing is, e-mail addresses neither."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: Sequence[str] = tuple(words)
        self._known: dict[str, bool] = {}

    def hides(self, key: str) -> bool:
        """Tell whether what stands under a key is masked: `billingAddress`, `e-mail`."""
        known = self._known.get(key)
        if known is None:
            known = self._is_meant(key)
            if len(self._known) < MOST_KNOWN:
                self._known[key] = known
        return known

    def text(self, text: str) -> str:
        """Return a text without the e-mail addresses in it."""
        if not self._words or "@" not in text:
            return text
        return _EMAIL.sub(MASK, text)

    def _is_meant(self, key: str) -> bool:
        parts = _BREAKS.split(_HUMP.sub("_", key).casefold())
        joined = "".join(parts)
        for word in self._words:
            if word in parts:
                return True
            bare = "".join(_BREAKS.split(word))
            if len(bare) > _SHORT and bare in joined:
                return True
        return False
