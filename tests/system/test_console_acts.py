"""What an operator does in the console, against a real broker: it is done, shown, and in the log.

Each dialog is opened and sent as a browser without scripts does.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
from aio_pika.abc import AbstractChannel

from schemas.names import retry_exchange
from tests.system.broker import ready
from tests.system.laid import ids_in, queue_of
from tests.system.processes import worker
from tests.system.record import Record
from tests.system.samples import SHOP
from tests.system.test_console import console, logged_in
from tests.system.test_waiting_letters import HOUR, laid_on
from tests.system.waiting import until


async def test_a_waiting_webhook_that_is_given_up_is_a_dead_letter_and_no_other_is(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await has_run(url, app)
    await laid_on(amqp, app, HOUR, range(2))
    async with console(url, app) as (_, address), logged_in(address, "jane") as jane:
        dialog = "act/cancel?of=waiting&q=id:w1"
        page = await filled_in(jane, dialog, "Give up 1 letter", name="INC-7")
        assert "/operations" == page
        await shows(jane, "operations", '<div class="operation done"')
        await shows(jane, "dead-letters?q=reason:cancelled", ">w1</a>")
        await shows(jane, "log", "cancelled 1 (id w1) as INC-7")

    assert {"w0": 1} == await ids_in(url, retry_exchange(app, HOUR))
    assert {"w1": 1} == await ids_in(url, queue_of(app).dead)


async def test_a_limit_that_is_set_is_taken_up_by_the_workers_and_shown_with_who_ordered_it(
    url: str, app: str, record: Record
) -> None:
    async with (
        worker(url, "--consumer", "taker", APP=app) as workers,
        console(url, app) as (_, address),
        logged_in(address, "jane") as jane,
    ):
        dialog = "order/set?of=taker"
        limit = {"setting": "rate", "value": "60/m", "reason": "the ERP is slow"}
        page = await filled_in(jane, dialog, "Set taker", **limit)
        assert "/" == page
        taken_up = await workers.event("consumer.limited", limits="rate=60/m")
        assert ["jane@console"] == taken_up["by"]
        told = "limited taker rate=60/m: the ERP is slow"
        page = await shows(jane, "log", told)
        assert '<td class="by" data-label="who">jane@console</td>' in page


async def test_an_unrouted_webhook_is_replayed_to_its_queue_and_one_without_a_queue_stays(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await has_run(url, app)
    await lay_unrouted(amqp, app, "orders/create", "nobody/wants")
    async with console(url, app) as (_, address), logged_in(address, "jane") as jane:
        dialog = "act/replay?of=unrouted"
        page = await filled_in(jane, dialog, "Replay 1 letter", name="INC-8", all="1")
        assert "/operations" == page
        page = await shows(jane, "operations", '<div class="operation done"')
        assert "left alone: 1 that no consumer has a queue for" in page
        await shows(jane, "log", "replayed 1 as INC-8")

    assert {"w0": 1} == await ids_in(url, queue_of(app).name)
    assert {"w1": 1} == await ids_in(url, f"{app}.unrouted")


async def test_unrouted_webhooks_are_dropped_into_a_file_that_the_page_names(
    url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    await has_run(url, app)
    await lay_unrouted(amqp, app, "nobody/wants", "nobody/wants")
    folder = str(tmp_path)
    async with (
        console(url, app, CONSOLE_FOLDER=folder) as (_, address),
        logged_in(address, "jane") as jane,
    ):
        page = await filled_in(jane, "act/drop?of=unrouted", "Drop 2 letters", all="1")
        assert "/operations" == page
        page = await shows(jane, "operations", '<div class="operation done"')
        (file,) = tmp_path.glob("dropped-*.jsonl")
        assert f"they are in {file} on the console" in page
        await shows(jane, "unrouted", "Every webhook has found a queue.")

    lines = file.read_text().splitlines()
    assert {"w0", "w1"} == {json.loads(line)["headers"]["webhook-id"] for line in lines}
    assert 0 == await ready(amqp, f"{app}.unrouted")


async def has_run(url: str, app: str) -> None:
    """Leave what a worker declares, and no worker, who would look for what is unrouted itself."""
    async with worker(url, "--consumer", "taker", APP=app) as workers:
        assert 0 == await workers.stop()


async def filled_in(
    session: aiohttp.ClientSession, dialog: str, heading: str, **filled: str
) -> str:
    """Open a dialog that says this, send it filled in, and return the path that it leads on to."""
    async with session.get(dialog) as answer:
        page = await answer.text()
    assert f"<h2>{heading}</h2>" in page
    (form,) = re.findall(r'<form class="stack" method="post".*?</form>', page, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    sent = {name: unescape(value) for name, value in hidden} | filled
    path, _, _ = dialog.partition("?")
    async with session.post(path, data=sent) as answer:
        assert 200 == answer.status, await answer.text()
        return answer.url.path


async def shows(session: aiohttp.ClientSession, path: str, text: str) -> str:
    """Wait until a page has this text; return it."""

    async def shown() -> str:
        async with session.get(path) as answer:
            page = unescape(await answer.text())
        return page if text in page else ""

    return await until(shown, what=f"{text!r} on {path}")


async def lay_unrouted(amqp: AbstractChannel, app: str, *topics: str) -> None:
    """Lay a webhook of each topic among those that have found no queue: w0, w1 and so on."""
    exchange = await amqp.get_exchange(f"{app}.unrouted", ensure=False)
    for number, topic in enumerate(topics):
        own: dict[str, Any] = {
            "webhook-id": f"w{number}",
            "webhook-shop": SHOP,
            "webhook-received-ms": 1_700_000_000_000,
        }
        message = aio_pika.Message(
            b"{}",
            headers=own,
            content_type="application/json",
            type=topic,
            app_id=app,
            delivery_mode=2,
        )
        key = topic.replace("/", ".")
        await exchange.publish(message, f"{key}.17")
