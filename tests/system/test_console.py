"""The console with a real broker: what died stands on its pages, and who read it in the log.

It runs as the operator's user of the broker, which may do no more than its commands need.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from schemas.roles import Role, permissions
from tests.system.broker import as_user, let_in, ready
from tests.system.laid import declared, lay, queue_of
from tests.system.process import Process
from tests.system.processes import environment, finished, ingress, started, worker
from tests.system.record import Record
from tests.system.samples import ORDER
from tests.system.waiting import until
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
async def logged_in(
    address: str, name: str, password: str = PASSWORD
) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a session of somebody who has logged in."""
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Origin": address.rstrip("/"), "Accept": "text/html"}
    async with aiohttp.ClientSession(address, cookie_jar=jar, headers=headers) as session:
        form = {"name": name, "password": password}
        async with session.post("login", data=form) as answer:
            assert 200 == answer.status, await answer.text()
        yield session


async def test_a_dead_letter_is_found_and_its_body_is_shown_masked_and_written_down(
    url: str, app: str, record: Record, node: Node, tmp_path: Path
) -> None:
    let_in(node, tmp_path, {f"{app}-ops": permissions(app, Role.OPERATOR)})
    operators = as_user(url, f"{app}-ops")
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
        console(operators, app) as (process, address),
        logged_in(address, "jane") as session,
    ):
        identity = await door.accepted("orders/create", ORDER, app=app)
        await workers.event("delivery.dead")

        async with session.get("dead-letters", params={"q": "consumer:picky"}) as answer:
            page = await answer.text()
        assert "Reject: unknown SKU" in page
        (link,) = set(re.findall(r'href="/(letter\?[^"]+)"', page))
        link = link.replace("&amp;", "&")
        assert link.endswith(f"id={identity}&consumer=picky")

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

        form = {"token": token, "q": f"id:{identity}", "of": "dead"}
        record.touch(".content")
        live = link.replace("letter?", "live?page=letter&")
        async with session.get(live) as line:
            assert {"state", "work"} == set(await parts(line))
            async with session.post("act/replay", data=form) as answer:
                assert answer.url.path == "/operations"
            await workers.event("delivery.done", id=identity)
            while 'class="operation done"' not in (await parts(line)).get("work", ""):
                pass  # the page of a letter that is gone goes on
        for path in ("", "waiting", "unrouted", "processes", "topology", "log", "journal"):
            async with session.get(path) as answer:
                assert 200 == answer.status
                assert 'class="wrong"' not in await answer.text()

        form = {"token": token, "text": '{"id": 1}', "signature": "bm9wZQ=="}
        async with session.post("explain", data=form) as answer:
            page = await answer.text()
        assert "What it says" in page
        assert "signature" in page.split("What it says")[1]
        assert 0 == await process.stop()

    _, log, _ = await finished("hookline-workers", "log", env=environment(url, APP=app))
    assert f"jane@console  looked_at 1 (consumer picky, id {identity})" in log


async def test_a_console_that_is_told_to_end_stops_what_was_begun_in_it_between_two_letters(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(5))
    queue = queue_of(app)
    async with console(url, app) as (process, address), logged_in(address, "jane") as session:
        async with session.get("act/replay", params={"of": "dead"}) as answer:
            page = await answer.text()
        assert "Replay 5 letters" in page
        (token, *_) = re.findall(r'name="token" value="([^"]+)"', page)
        form = {"token": token, "of": "dead", "all": "1", "rate": "0.1", "name": "INC-9"}
        async with session.post("act/replay", data=form) as answer:
            assert answer.url.path == "/operations"
        await until(lambda: _some(amqp, queue.name), what="a letter that is replayed")
        assert 0 == await process.stop()

    moved = await ready(amqp, queue.name)
    assert 5 == moved + await ready(amqp, queue.dead)
    _, log, _ = await finished("hookline-workers", "log", env=environment(url, APP=app))
    assert f"jane@console  replayed {moved} as INC-9" in log


async def parts(line: aiohttp.ClientResponse) -> dict[str, str]:
    """Return what a live page is sent next; raises ValueError where it has ended."""
    while not (sent := await line.content.readline()).startswith(b"data: "):
        if not sent:
            raise ValueError("the line has ended")
    return dict(json.loads(sent.removeprefix(b"data: ")))


async def _some(amqp: AbstractChannel, queue: str) -> bool:
    return await ready(amqp, queue) > 0
