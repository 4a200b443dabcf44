"""What the ingress makes of a broker in trouble: it mends what is missing, names the app, never
waits in vain.
"""

import asyncio
from pathlib import Path

import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiohttp import ClientResponse

from deploy.local.rabbitmq import Node
from tests.faults.proxy import proxy
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress
from tests.system.samples import ORDER, SECRET
from tests.system.waiting import until


async def _status(door: Ingress, wanted: int) -> bool:
    return await door.admin("/readyz") == wanted


async def reason(door: Ingress) -> str:
    """Return what readiness says is wrong."""
    async with door.session.get(f"http://127.0.0.1:{door.admin_port}/readyz") as answer:
        return str((await answer.json())["reason"])


async def _posted(door: Ingress, app: str, wanted: int) -> bool:
    return (await door.post("orders/create", ORDER, app=app)).status == wanted


async def test_a_webhook_that_comes_back_has_the_unrouted_queue_declared_again(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door:
        await amqp.queue_delete(f"{app}.unrouted")
        assert (await door.post("orders/create", ORDER, app=app)).status == 503
        await until(lambda: _posted(door, app, 200), 10, "stored again")
        await until(lambda: _status(door, 200), 5)


async def test_where_only_an_operator_declares_a_webhook_that_comes_back_says_why_it_is_not_ready(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app):
        pass
    async with ingress(url, APP=app, DECLARE="verify") as door:
        await amqp.queue_delete(f"{app}.unrouted")
        assert (await door.post("orders/create", ORDER, app=app)).status == 503
        await until(lambda: _says(door, f"queue {app}.unrouted is missing"))
        assert await door.admin("/readyz") == 503


async def _says(door: Ingress, text: str) -> bool:
    return text in await reason(door)


async def test_readiness_names_the_app_whose_exchange_is_gone(
    url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    names = (f"{app}a", f"{app}b")
    file = tmp_path / "apps.toml"
    file.write_text("\n".join(f'[apps.{name}]\nsecrets = ["{SECRET}"]' for name in names))
    async with ingress(url, APPS_FILE=str(file), SECRETS=None):
        pass
    async with ingress(url, APPS_FILE=str(file), SECRETS=None, DECLARE="verify") as door:
        await amqp.exchange_delete(f"{names[1]}.webhooks")
        await until(lambda: _says(door, f"{names[1]}"), 20)
        assert await door.admin("/readyz") == 503
        checked = await finished(
            "hookline-ingress", "check", env=environment(url, APPS_FILE=str(file), SECRETS=None)
        )
    assert checked[0] == 3
    assert f"exchange {names[1]}.webhooks is missing" in checked[1]


async def test_a_broker_that_died_frozen_is_answered_for_at_once(
    node: Node, url: str, app: str
) -> None:
    async with ingress(url, APP=app, CONFIRM_TIMEOUT="2") as door:
        node.freeze()
        try:
            assert (await door.post("orders/create", ORDER, app=app)).status == 503
            async with asyncio.timeout(1.9):  # less than a confirm may take: nothing was waited for
                for _ in range(20):
                    assert (await door.post("orders/create", ORDER, app=app)).status == 503
                assert await door.admin("/readyz") == 503
        finally:
            node.thaw()
            await asyncio.to_thread(node.kill)
        async with asyncio.timeout(10):  # a quarter of what twenty confirms would take
            for _ in range(20):
                assert (await door.post("orders/create", ORDER, app=app)).status == 503
        await asyncio.to_thread(node.start)
        await until(lambda: _posted(door, app, 200), 60)


@pytest.mark.slow("a bound of memory, which changes with `Confirms` alone")
async def test_what_a_slow_broker_has_not_read_yet_is_bounded(
    node: Node, url: str, app: str
) -> None:
    """Of 60 bodies of 1 MB, one after the other, as many are held as there is room for; the others
    are 503 at once.
    """
    body = b'{"a": "' + b"x" * 1_000_000 + b'"}'
    posted = list[asyncio.Task[ClientResponse]]()

    async def is_taken_or_refused() -> bool:
        answered = sum(one.done() for one in posted)
        return answered + await door.metric("hookline_in_flight") >= len(posted)

    async with proxy(node.port) as link:
        slow = url.replace(str(node.port), str(link.port))
        async with ingress(slow, APP=app, CONFIRM_TIMEOUT="10") as door:
            link.silence(down=False)
            for _ in range(60):
                posted.append(asyncio.create_task(door.post("orders/create", body, app=app)))
                await until(is_taken_or_refused)
            assert 'reason="slow"' in await metrics(door)
            assert {503} == {answer.status for answer in await asyncio.gather(*posted)}
            link.heal()
            await until(lambda: _posted(door, app, 200), 60)


async def metrics(door: Ingress) -> str:
    """Return the page of metrics."""
    async with door.session.get(f"http://127.0.0.1:{door.admin_port}/metrics") as answer:
        return await answer.text()


async def test_a_canary_whose_queue_is_gone_does_not_stay_in_unrouted(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door:
        await amqp.queue_delete(f"{app}.canary")
        unrouted = await amqp.get_queue(f"{app}.unrouted", ensure=False)

        async def strayed() -> AbstractIncomingMessage | None:
            await door.admin("/readyz")
            return await unrouted.get(fail=False)

        message = await until(strayed, what="a canary that strayed")
    assert message is not None
    assert ("canary", 60) == (message.routing_key, message.expiration)


async def test_a_connection_that_the_broker_closes_for_what_is_published_beside_costs_no_webhook(
    node: Node, url: str, app: str
) -> None:
    async with ingress(url, APP=app, JOURNAL="1h") as door:
        await door.event("broker.connected", role="beside")
        shown = node.ctl("list_connections", "pid", "client_properties", "--no-table-headers")
        (beside,) = [line.split()[0] for line in shown.splitlines() if "beside" in line]
        closing = asyncio.create_task(asyncio.to_thread(node.ctl, "close_connection", beside, "it"))
        while not door.events("broker.lost"):
            await door.accepted("orders/create", b"{}", app=app)
        await closing

        async def is_there_again() -> bool:
            return len(door.events("broker.connected")) == 3

        await until(is_there_again, what="the connection beside")
        assert ["beside"] == [line["role"] for line in door.events("broker.lost")]
        await door.accepted("orders/create", b"{}", app=app)
