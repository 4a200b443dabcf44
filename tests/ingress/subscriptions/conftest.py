"""A stand-in for the API of each platform, and clients of it that wait for nothing."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from ingress.subscriptions.apis import APIS
from ingress.subscriptions.client import Client
from ingress.subscriptions.shop import Shop
from tests.shop_apis.shop_store import ShopStore
from tests.shop_apis.stand_in import StandIn, stand_in

SHOPS = {"spiffy": "johns-apparel.spiffystores.com", "shopify": "johns-apparel.myshopify.com"}
TOKEN = "t0ken-0f-j0hn"


class Counter:
    """A shop of a stand-in, who asks it, and the pauses that were made."""

    def __init__(self, api: StandIn, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.name = SHOPS[api.platform]
        self.store: ShopStore = api.shop(self.name, TOKEN)
        self.pauses: list[float] = []
        self._session = session

    def client(self, credential: str = TOKEN, name: str | None = None) -> Client:
        """Return a client of the shop."""
        shop = Shop(shop=name or self.name, credential=credential)
        platform = APIS[self.api.platform]
        return Client(self._session, platform, shop, "2026-07", self.api.url, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture(params=["spiffy", "shopify"])
async def counter(request: pytest.FixtureRequest) -> AsyncIterator[Counter]:
    """A shop of each platform."""
    async with aiohttp.ClientSession() as session, stand_in(request.param) as api:
        yield Counter(api, session)
