"""A consumer's limits as orders say them: their names, and what each may be. Pure."""

import re

from schemas.rate import Rate

MAX_CONCURRENCY = 65_535
"""Handlers at once: AMQP's prefetch is a 16-bit number."""

PER_SHOP = "per_shop"
LIMITS = frozenset({"rate", PER_SHOP, "per_shop_rate"})
NO_LIMIT = "none"
"""The value of a limit that is lifted, whatever is declared."""
_PLACES = re.compile(r"[1-9]\d{0,4}", re.ASCII)


def check_limit(limit: str, value: str) -> None:
    """Raise ValueError where a limit of this name cannot have this value; none is as declared."""
    if limit not in LIMITS:
        names = sorted(LIMITS)
        known = ", ".join(names)
        raise ValueError(f"{limit!r:.40} is no limit: it is one of {known}")
    if value in ("", NO_LIMIT):
        return
    if limit != PER_SHOP:
        Rate.parse(value)
        return

    check_places(value)


def check_places(value: str) -> None:
    """Raise ValueError where a text is no number of handlers at once."""
    found = _PLACES.fullmatch(value)
    if found is None or int(value) > MAX_CONCURRENCY:
        raise ValueError(f"{value!r:.40} is no number from 1 to {MAX_CONCURRENCY}")
