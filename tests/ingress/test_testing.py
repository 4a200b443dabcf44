"""The kit for tests of the door: what it lets in is what the ingress lets in."""

from asyncio import timeout
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from ingress import server, testing
from ingress.platforms import PLATFORMS
from ingress.testing import Door, SignedRequest, opened, signed_request
from tests.ingress.platform_bodies import SAMPLES

BODY = b'{"id": 1}'


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    """A client."""
    async with ClientSession() as session:
        yield session


async def status(client: ClientSession, door: Door, request: SignedRequest) -> int:
    """Post a request and return the status of its answer."""
    async with client.post(door.url, data=request.body, headers=request.headers) as answer:
        return answer.status


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_signed_request_is_taken_in_as_the_webhook_that_it_carries(
    client: ClientSession, platform: str
) -> None:
    sample = SAMPLES[platform]
    request = signed_request(
        sample.topic,
        sample.body,
        platform=platform,
        shop=sample.shop_header,
        secret=sample.secret,
    )
    async with opened(platform=platform, secret=sample.secret) as door:
        assert 200 == await status(client, door, request)
        (webhook,) = door.taken
    assert (sample.topic, sample.shop, sample.body, "test") == (
        webhook.topic, webhook.shop, webhook.body, webhook.app,
    )  # fmt: skip


async def test_what_is_signed_with_another_secret_or_changed_since_is_not_let_in(
    client: ClientSession,
) -> None:
    request = signed_request("orders/create", BODY, secret="another")
    changed = signed_request("orders/create", BODY)._replace(body=BODY + b" ")
    async with opened() as door:
        assert [401, 401] == [await status(client, door, one) for one in (request, changed)]
        assert [] == door.taken


async def test_it_closes_while_a_client_keeps_a_connection_that_was_refused(
    client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LAST_REQUESTS", 60)
    monkeypatch.setattr(testing, "DRAIN", 60)
    # After ten seconds a connection that proves nothing is closed anyway.
    async with timeout(8), opened() as door:
        refused = signed_request("orders/create", BODY, secret="another")
        assert 401 == await status(client, door, refused)


async def test_while_the_broker_is_away_requests_are_told_to_come_again(
    client: ClientSession,
) -> None:
    request = signed_request("orders/create", BODY)
    async with opened() as door:
        door.is_broker_away = True
        assert 503 == await status(client, door, request)
        door.is_broker_away = False
        assert 200 == await status(client, door, request)
        assert 1 == len(door.taken)


def test_a_platform_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="'woo' is no platform: there are spiffy, shopify"):
        signed_request("orders/create", BODY, platform="woo")
