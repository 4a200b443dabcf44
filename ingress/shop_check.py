"""Which shop a request is of: the one name that bucket, order and metrics know it by."""

from collections.abc import Callable
from functools import lru_cache

from ingress.meaning import shop_name
from ingress.refusals import Refusal, Refused
from ingress.registration import App

SHOP_LENGTH = 253
"""Characters: the longest host name."""
SHOPS_REMEMBERED = 4096
"""Shops whose name need not be looked at again."""


def shop_check(app: App) -> Callable[[str], str]:
    """Return what takes what a request says, and returns the shop or raises Refused."""
    form = app.platform.shops
    domains = app.domains
    refused = {domains.get(name, name) for name in app.refused_shops}
    taken = app.shops

    def check(said: str) -> str:
        # A comma stands between two headers that differ: no pattern may take them for one name.
        if len(said) > SHOP_LENGTH or not said.isascii() or "," in said:
            raise Refused(Refusal.BAD_SHOP)

        written = shop_name(form, said)
        name = domains.get(written, written)
        if not taken.fullmatch(name):
            raise Refused(Refusal.BAD_SHOP)
        if name in refused:
            raise Refused(Refusal.SHOP_REFUSED)
        return name

    return lru_cache(SHOPS_REMEMBERED)(check)
