"""Requests at a real door of a user's own platform, whose headers say topic and shop."""

from collections.abc import AsyncIterator

import pytest

from ingress.platform_table import PlatformTable
from ingress.registration import App
from ingress.signature import sign
from tests.ingress.door import Door, opened_door

IN_HEADERS = {
    "signature": "x-acme-signature",
    "topic": {"header": "x-acme-topic"},
    "shop": {"header": "x-acme-account"},
    "topic_as_written": True,
}
CHALLENGE = {"topic": "verify", "field": "token"}
TABLES = {
    "pinged": {**IN_HEADERS, "pings": ["ping"]},
    "challenged": {**IN_HEADERS, "challenge": CHALLENGE},
    "worded": {**IN_HEADERS, "challenge": CHALLENGE, "topic_as_written": False},
    "plain": IN_HEADERS,
}
APPS = {
    name: App(
        name=name,
        secrets="hush",
        platform=PlatformTable.model_validate(table).platform("acme"),
    )
    for name, table in TABLES.items()
}
TOKEN = b'{"token": "3eZbrw1a"}'


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door with an app of each of those platforms."""
    async for opened in opened_door(APPS):
        yield opened


async def post(door: Door, app: str, topic: str, secret: bytes = b"hush") -> tuple[int, object]:
    """Post a token; return status and content of the answer."""
    status, content, _ = await door.post(
        f"/webhooks/{app}",
        TOKEN,
        X_Acme_Topic=topic,
        X_Acme_Account="7",
        X_Acme_Signature=sign(TOKEN, secret),
    )
    return status, content


async def test_a_ping_that_a_header_says_is_answered_and_not_stored(door: Door) -> None:
    assert (200, {"ping": "pong"}) == await post(door, "pinged", "ping")
    assert 401 == (await post(door, "pinged", "ping", b"no"))[0]
    assert 400 == (await post(door, "plain", "ping"))[0]
    assert [] == door.broker.published


@pytest.mark.parametrize("app", ["challenged", "worded"])
async def test_a_challenge_that_a_header_says_is_answered_out_of_the_body(
    door: Door, app: str
) -> None:
    assert (200, {"token": "3eZbrw1a"}) == await post(door, app, "verify")
    assert 401 == (await post(door, app, "verify", b"no"))[0]
    assert [] == door.broker.published


@pytest.mark.parametrize("app", TABLES)
async def test_what_is_no_ping_and_no_challenge_is_stored_as_it_is(door: Door, app: str) -> None:
    assert 200 == (await post(door, app, "orders/create"))[0]
    (webhook,) = door.broker.published
    assert ("orders/create", "7", TOKEN) == (webhook.topic, webhook.shop, webhook.body)
