"""Where a tap hands on what it hears, and what it tells of it."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from schemas.topic import TopicPattern
from workers import Delivery, Later, Reject, Retry, consumer
from workers.consumer import BadConsumer
from workers.settings import SettingsError
from workers.tap_targets import ToConsumer, ToFile, ToNobody, ToUrl, target_of
from workers.testing import webhook

ORDERS = TopicPattern.parse("orders/*")
ORDER = webhook("orders/create", {"id": 1}, headers={"X-Spiffy-Hmac-Sha256": "abc="})


@consumer("orders/create")
async def erp(delivery: Delivery[dict[str, str]]) -> None:
    """Do as the body says."""
    match delivery.payload["do"]:
        case "retry":
            raise Retry("busy", after=30)
        case "later":
            raise Later("no stock", after=60)
        case "reject":
            raise Reject("unknown SKU")


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("nothing", "done, "),
        ("retry", "again in 30 s: Retry: busy, "),
        ("later", "not yet, again in 60 s: Later: no stock, "),
        ("reject", "dead, rejected: Reject: unknown SKU, "),
    ],
)
async def test_a_consumer_makes_one_attempt_and_what_it_came_to_is_told(
    does: str, told: str
) -> None:
    outcome = await ToConsumer(erp).take(webhook("orders/create", {"do": does}))
    assert outcome.startswith(told)


async def test_a_consumer_is_not_handed_what_it_would_not_get() -> None:
    outcome = await ToConsumer(erp).take(webhook("orders/updated", {"do": "nothing"}))
    assert outcome.startswith("passed over")


@pytest.fixture
async def posted() -> AsyncIterator[tuple[str, list[tuple[bytes, str]]]]:
    """A server's URL, and what was posted to it."""
    found: list[tuple[bytes, str]] = []

    async def take(request: web.Request) -> web.Response:
        found.append((await request.read(), request.headers["X-Spiffy-Hmac-Sha256"]))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/hooks", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks", found
    await runner.cleanup()


async def test_a_url_gets_the_body_and_the_platforms_headers(
    posted: tuple[str, list[tuple[bytes, str]]],
) -> None:
    url, found = posted
    target = target_of(url, ORDERS)
    assert (await target.take(ORDER)).startswith("202, ")
    await target.close()
    assert [(ORDER.body, "abc=")] == found


async def test_a_url_that_does_not_answer_is_told() -> None:
    target = ToUrl("http://127.0.0.1:9/")
    assert (await target.take(ORDER)).startswith("no answer: ClientConnectorError")
    await target.close()


async def test_a_file_of_its_owner_alone_gets_a_line_for_each(tmp_path: Path) -> None:
    file = tmp_path / "heard"
    target = target_of(str(file), ORDERS)
    for one in (ORDER, webhook("orders/create", b"\xff")):
        assert "written" == await target.take(one)
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert ('{"id":1}', "/w==") == (first["body"], second["body_base64"])
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert (await ToFile(tmp_path).take(ORDER)).startswith("not written: ")


async def test_without_a_place_webhooks_are_shown_alone() -> None:
    assert "8 bytes" == await ToNobody().take(ORDER)
    assert isinstance(target_of(None, ORDERS), ToNobody)


def test_a_consumer_is_named_by_its_module_and_takes_some_of_the_topics() -> None:
    here = f"{__name__}:erp"
    assert isinstance(target_of(here, ORDERS), ToConsumer)
    with pytest.raises(SettingsError, match="it takes orders/create, and nothing of carts/update"):
        target_of(here, TopicPattern.parse("carts/update"))
    with pytest.raises(BadConsumer):
        target_of(f"{__name__}:mail", ORDERS)
