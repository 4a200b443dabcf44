"""The console with a real broker: what died stands on its pages, and who read it in the log."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.system.process import Process
from tests.system.processes import environment, finished, ingress, started, worker
from tests.system.record import Record
from tests.system.samples import ORDER
from workers.console.passwords import hashed

PASSWORD = "correct horse"
SETTINGS = {"CONSOLE_BODIES": "masked", "CONSOLE_PORT": "0"}


def users() -> str:
    """Return an operator and a viewer, as the setting names them."""
    secret = hashed(PASSWORD)
    return f"jane:{secret}:operator,carl:{secret}:viewer"


@asynccontextmanager
async def console(url: str, app: str, **settings: str) -> AsyncIterator[tuple[Process, str]]:
    """Run a console, and yield it with its address."""
    told = SETTINGS | {"APP": app, "CONSOLE_USERS": users()} | settings
    env = environment(url, **told)
    async with started(["hookline-workers", "console"], env) as process:
        begun = await process.event("console.started")
        yield process, begun["address"]


@asynccontextmanager
async def logged_in(address: str, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a session of somebody who has logged in."""
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Origin": address.rstrip("/"), "Accept": "text/html"}
    async with aiohttp.ClientSession(address, cookie_jar=jar, headers=headers) as session:
        form = {"name": name, "password": PASSWORD}
        async with session.post("login", data=form) as answer:
            assert 200 == answer.status, await answer.text()
        yield session


async def test_a_dead_letter_is_found_and_its_body_is_shown_masked_and_written_down(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
        console(url, app) as (process, address),
        logged_in(address, "jane") as session,
    ):
        identity = await door.accepted("orders/create", ORDER, app=app)
        await workers.event("delivery.dead")

        async with session.get("dead-letters", params={"q": "consumer:picky"}) as answer:
            page = await answer.text()
        assert "Reject: unknown SKU" in page
        (link,) = set(re.findall(r'href="/(letter\?[^"]+)"', page))
        link = link.replace("&amp;", "&")
        assert link.endswith(f"id={identity}")

        async with session.get(link) as answer:
            page = await answer.text()
        assert f"hookline-workers dead-letters replay --consumer picky --id {identity}" in page
        assert "line_items" not in page

        (token, *_) = re.findall(r'name="token" value="([^"]+)"', page)
        async with session.post(link, data={"token": token}) as answer:
            assert 200 == answer.status
            page = await answer.text()
        assert '<span class="key">line_items</span>' in page
        assert '<span class="value masked">•••</span>' in page

        form = {"token": token, "text": '{"id": 1}', "signature": "bm9wZQ=="}
        async with session.post("explain", data=form) as answer:
            page = await answer.text()
        assert "What it says" in page
        assert "signature" in page.split("What it says")[1]
        assert 0 == await process.stop()

    _, log, _ = await finished("hookline-workers", "log", env=environment(url, APP=app))
    assert f"jane@console  looked_at 1 (consumer picky, id {identity})" in log
