"""Requests of every platform at a real door: nothing of a body counts before its signature does."""

import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from time import time
from typing import Any

import pytest
from aiohttp import ClientSession

from ingress.platforms import PLATFORMS
from ingress.signing import CannotSay
from ingress.testing import Door, SignedRequest, opened, signed_request
from tests.ingress.platform_bodies import SAMPLES

SECRET = SAMPLES["slack"].secret


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    """A client."""
    async with ClientSession() as session:
        yield session


async def answered(client: ClientSession, door: Door, request: SignedRequest) -> tuple[int, Any]:
    """Post a request; return status and content of its answer."""
    async with client.post(door.url, data=request.body, headers=request.headers) as answer:
        return answer.status, await answer.json()


def of_slack(body: bytes, secret: str = SECRET, late: int = 0) -> SignedRequest:
    """Sign as Slack documents it, for so many seconds ago."""
    at = str(int(time()) - late)
    digest = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/json",
    }
    return SignedRequest(headers, body)


BODIES = [b"{", b"", b"\xff", b"[" * 100_000, SAMPLES["slack"].body]


async def test_who_cannot_sign_learns_401_whatever_the_body_says(client: ClientSession) -> None:
    async with opened(platform="slack", secret=SECRET) as door:
        for body in BODIES:
            status, content = await answered(client, door, of_slack(body, "another"))
            assert (401, "bad_signature") == (status, content["error"])


SIGNED = [
    (b"{", 422, "bad_body"),
    (b'{"type": ' + b"[" * 2000 + b"]" * 2000 + b"}", 422, "bad_body"),
    (b"payload=%7B%7D", 422, "bad_body"),
    (b"{}", 400, "missing_topic"),
    (b'{"type": "event_callback"}', 400, "missing_shop"),
    (b'{"type": "event callback", "team_id": "T"}', 400, "bad_topic"),
    (b'{"type": "event_callback", "team_id": "T 1"}', 400, "bad_shop"),
]


async def test_a_signed_body_that_does_not_say_what_it_should_is_refused(
    client: ClientSession,
) -> None:
    async with opened(platform="slack", secret=SECRET) as door:
        for body, status, code in SIGNED:
            told, content = await answered(client, door, of_slack(body))
            assert (status, code) == (told, content["error"])
        assert [] == door.taken


async def test_a_signed_form_is_refused_as_no_json(client: ClientSession) -> None:
    request = of_slack(b"command=%2Fweather")
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    async with opened(platform="slack", secret=SECRET) as door:
        status, content = await answered(client, door, request)
    assert (415, "bad_content_type") == (status, content["error"])


async def test_what_is_missing_is_named_as_the_platform_says_it(client: ClientSession) -> None:
    async with opened(platform="slack", secret=SECRET) as door:
        _, content = await answered(client, door, of_slack(b'{"type": "event_callback"}'))
        assert "the body's field team_id is missing" == content["detail"]

        request = of_slack(b"{}")
        del request.headers["X-Slack-Request-Timestamp"]
        _, content = await answered(client, door, request)
        assert "the header X-Slack-Request-Timestamp is missing" == content["detail"]


NBSP = "\xa0"
SAYING_NOTHING = [
    (
        "slack",
        {"X-Slack-Signature": "v0=x", "X-Slack-Request-Timestamp": ""},
        "the header X-Slack-Request-Timestamp is missing",
    ),
    *(
        (
            platform,
            {"Webhook-Signature": "v1,x", "Webhook-Id": "", "Webhook-Timestamp": "1"},
            "the header Webhook-Id is missing",
        )
        for platform in ("standard-webhooks", "bigcommerce")
    ),
    *(
        (
            platform,
            {"Webhook-Signature": "v1,x", "Webhook-Id": "1", "Webhook-Timestamp": ""},
            "the header Webhook-Timestamp is missing",
        )
        for platform in ("standard-webhooks", "bigcommerce")
    ),
    *(
        (platform, {f"X-{platform}-Hmac-Sha256": NBSP}, "Hmac-Sha256 is missing")
        for platform in ("spiffy", "shopify")
    ),
    ("square", {"X-Square-Hmacsha256-Signature": NBSP}, "Signature is missing"),
    ("slack", {"X-Slack-Signature": NBSP}, "the header X-Slack-Signature is missing"),
]


@pytest.mark.parametrize(("platform", "headers", "detail"), SAYING_NOTHING)
async def test_a_header_that_is_there_and_says_nothing_is_as_if_it_were_not(
    client: ClientSession, platform: str, headers: dict[str, str], detail: str
) -> None:
    async with opened(platform=platform, secret=SAMPLES[platform].secret) as door:
        status, content = await answered(client, door, SignedRequest(headers, b"{}"))
    assert (401, "missing_signature") == (status, content["error"])
    assert detail in content["detail"]


async def test_a_signature_of_an_hour_ago_is_told_to_be_stale(client: ClientSession) -> None:
    async with opened(platform="slack", secret=SECRET) as door:
        late = of_slack(SAMPLES["slack"].body, late=3600)
        status, content = await answered(client, door, late)
    assert (401, "stale_signature") == (status, content["error"])


async def test_a_challenge_is_answered_only_where_it_is_signed(client: ClientSession) -> None:
    body = b'{"type": "url_verification", "challenge": "3eZbrw1a"}'
    async with opened(platform="slack", secret=SECRET) as door:
        answer = await answered(client, door, of_slack(body))
        assert (200, {"challenge": "3eZbrw1a"}) == answer
        assert 401 == (await answered(client, door, of_slack(body, "another")))[0]
        assert [] == door.taken


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PINGS: list[tuple[bytes, dict[str, str], int]] = [
    (b"webhook_id=12", {}, 200),
    (b"webhook_id=12&more=1", {}, 401),
    (b"webhook_id=12", {"X-WC-Webhook-Topic": "order.created"}, 401),
    (b"webhook_id=12", {"X-WC-Webhook-Signature": "x"}, 401),
    (b"webhook_id=" + b"1" * 100, {}, 401),
]


async def test_the_one_ping_that_comes_unsigned_is_known_by_its_very_bytes(
    client: ClientSession,
) -> None:
    async with opened(platform="woocommerce") as door:
        for body, headers, status in PINGS:
            assert status == (await answered(client, door, SignedRequest(FORM | headers, body)))[0]
        assert [] == door.taken

    async with opened() as door:
        assert 401 == (await answered(client, door, SignedRequest(FORM, PINGS[0][0])))[0]


@pytest.mark.parametrize(
    "platform", [name for name, one in PLATFORMS.items() if not one.topic_headers]
)
def test_the_kit_says_where_a_platform_says_the_topic(platform: str) -> None:
    sample = SAMPLES[platform]
    with pytest.raises(CannotSay, match=f"{platform} says the topic by the body's field"):
        signed_request("orders/create", sample.body, platform=platform, secret=sample.secret)
    with pytest.raises(CannotSay, match="cannot be read"):
        signed_request("orders/create", b"{", platform=platform, secret=sample.secret)


def test_the_kit_says_where_a_platform_says_the_shop() -> None:
    with pytest.raises(CannotSay, match="square says the shop by the body's field merchant_id"):
        signed_request(*SAMPLES["square"][1::-1], platform="square", shop="another")
