"""What an app says of its shops besides their pattern: who is refused, who has another name, how
much of each is taken. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingress.meaning import shop_name
from ingress.platform import Shops
from runtime.setting_types import kind, listed
from schemas.rate import Rate

_SHOP = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,253}")

EXAMPLES = {
    "refused_shops": '["noisy.spiffystores.com"]',
    "domains": '{"shop.example.com" = "johns-apparel.spiffystores.com"}',
    "shop_rate": '"600/m"',
    "address_rate": '"60/m"',
}


def refused_shops(value: Any, form: Shops) -> frozenset[str]:
    """Return the shops whose webhooks are refused, by the names that they are known by."""
    return frozenset(_shop(written, form) for written in listed(value))


def domains(value: Any, form: Shops) -> dict[str, str]:
    """Return the shop of each domain of its own: a table, or texts of `domain=shop`."""
    return {_shop(domain, form): _shop(shop, form) for domain, shop in _pairs(value)}


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for domain, shop in value.items():
            if not isinstance(shop, str):
                raise ValueError(f"a table of texts is wanted, and {kind(shop)} is in it")  # noqa: TRY004 - pydantic tells ValueErrors alone
            yield domain, shop
        return

    for entry in listed(value):
        domain, equals, shop = entry.partition("=")
        if not equals:
            raise ValueError("domain=shop is wanted, comma-separated, or a table")
        yield domain, shop


def _shop(written: str, form: Shops) -> str:
    name = shop_name(form, written.strip())
    if not _SHOP.fullmatch(name):
        raise ValueError(f"{written[:60]!r} is no name of a shop")
    return name


def rate(value: Any) -> Rate | None:
    """Return the rate; None where nothing is limited."""
    if value is None or isinstance(value, Rate):
        return value
    if not isinstance(value, str):
        raise ValueError(f"a text is wanted, such as 60/m, not {kind(value)}")  # noqa: TRY004 - pydantic tells ValueErrors alone
    return Rate.parse(value.strip())
