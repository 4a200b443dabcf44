"""The API of each platform, as far as subscriptions go: data, and how its lists are paged. Pure.

Written from the vendors' documentation: Spiffy Stores' knowledge base (API_Webhook, Using_the_API),
and Shopify's REST Admin API.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ingress.subscriptions.rates import Headers, Pause, shopify_pause, spiffy_pause

Query = Mapping[str, str]
NextPage = Callable[[Query, Headers, int], Query | None]
"""Returns what to ask for next: after a page that was asked for so, came with these headers and had
so many entries; None after the last one.
"""


@dataclass(frozen=True, slots=True)
class Api:
    """How a platform is asked for subscriptions."""

    platform: str
    path: str
    """Before `/webhooks.json`; `{version}` stands for the setting."""
    page_size: int
    next_page: NextPage
    pause: Pause
    token_header: str
    token_before: str = ""
    """What stands before a token in that header."""
    is_one_a_topic: bool = False
    """Whether a topic has one subscription at most, wherever it leads."""
    by_hand: frozenset[str] = frozenset()
    """Topics that the API does not take: they are set where the app is registered."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """The list of things, by the first word of their topics: what a gap is filled from."""
    moment: str = "%Y-%m-%dT%H:%M:%SZ"
    """How a query writes a time, in UTC."""

    def credential_headers(self, credential: str) -> dict[str, str]:
        """Return the headers of a call: `key:password` is Basic, all else a token."""
        if ":" in credential:
            encoded = b64encode(credential.encode())
            return {"Authorization": f"Basic {encoded.decode()}"}
        return {self.token_header: f"{self.token_before}{credential}"}


def by_number(asked: Query, headers: Headers, count: int) -> Query | None:
    """Go to the next page where this one is full."""
    del headers
    if count < int(asked["limit"]):
        return None

    number = int(asked.get("page", "1")) + 1
    return {**asked, "page": str(number)}


_LINK = re.compile(r"<([^>]*)>([^,]*)")


def by_link(asked: Query, headers: Headers, count: int) -> Query | None:
    """Go where the header Link says, of which no more is believed than the page's mark: whoever can
    write that header is not to choose whom the credential is shown to.
    """
    del count
    for address, relation in _LINK.findall(headers.get("Link", "")):
        if 'rel="next"' in relation or "rel=next" in relation:
            marks = parse_qs(_query(address)).get("page_info")
            if marks:
                return {"limit": asked["limit"], "page_info": marks[0]}
    return None


def _query(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:
        return ""


_SPIFFY = Api(
    platform="spiffy",
    path="/api",
    page_size=50,
    next_page=by_number,
    pause=spiffy_pause,
    token_header="Authorization",  # noqa: S106 - a header's name
    token_before="Bearer ",  # noqa: S106 - a word of the protocol
    is_one_a_topic=True,
    listed={
        "orders": "orders.json",
        "customers": "customers.json",
        "products": "products.json",
        "customer_credits": "customer_credits.json",
    },
    moment="%Y-%m-%d %H:%M:%S",
)
_SHOPIFY = Api(
    platform="shopify",
    path="/admin/api/{version}",
    page_size=250,
    next_page=by_link,
    pause=shopify_pause,
    token_header="X-Shopify-Access-Token",  # noqa: S106 - a header's name
    by_hand=frozenset({"customers/data_request", "customers/redact", "shop/redact"}),
    listed={
        "orders": "orders.json?status=any",  # else those that are open
        "customers": "customers.json",
        "products": "products.json",
        "checkouts": "checkouts.json",
        "draft_orders": "draft_orders.json",
    },
)
APIS = {api.platform: api for api in (_SPIFFY, _SHOPIFY)}
"""By the platform's name."""
