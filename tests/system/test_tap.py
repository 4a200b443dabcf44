"""A tap: it misses nothing while nobody listens, says that it lives, and is off where it is off."""

import asyncio
import re
import signal
from pathlib import Path

import pytest
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from runtime.amqp.channels import keeping
from runtime.amqp.declare import difference
from runtime.amqp.link import LOST, connected
from schemas.broker_objects import Exchange, ExchangeType
from schemas.copies import tap_exchange
from tests.system.broker import as_user, let_in, ready
from tests.system.conftest import ROOT
from tests.system.processes import environment, finished, ingress, spawn
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SHOP
from tests.system.waiting import until
from workers.commands import tap as tap_command
from workers.commands.tap import _Showing
from workers.operate.tap import tap_named
from workers.tap_targets import ToNobody

SECURITY = (ROOT / "deploy/SECURITY.md").read_text()
RIGHTS = re.findall(r"^`'(.*tap.*)'` `'(.*tap.*)'` `'(.*tap.*)'`, and sees", SECURITY, re.MULTILINE)
"""What the document says that a tap needs."""


async def heard(tap: asyncio.subprocess.Process) -> str:
    """Return the next line of what a tap has heard."""
    assert tap.stdout is not None
    line = await asyncio.wait_for(tap.stdout.readline(), 30)
    return line.decode()


async def test_a_tap_shows_what_comes_and_keeps_what_comes_while_nobody_listens(
    node: Node, url: str, app: str, amqp: AbstractChannel, record: Record, tmp_path: Path
) -> None:
    rights = [one.replace("spiffy", app) for one in RIGHTS[0]]
    let_in(node, tmp_path, {app: rights})
    env = environment(as_user(url, app), APP=app)
    async with ingress(url, APP=app):
        pass
    code, _, told = await finished("hookline-workers", "tap", "orders/*", env=env)
    assert (2, True) == (code, "HOOKLINE_TAPS=on" in told)

    to_taker = ("tap", "orders/*", "--shop", SHOP, "--to", "consumers:taker", "--name", "ann")
    async with ingress(url, APP=app, TAPS="on") as door:
        tap = await spawn("hookline-workers", *to_taker, env=env)
        assert tap.stderr is not None
        assert b"listening to orders/* as ann" in await tap.stderr.readline()
        await door.accepted("carts/update", ORDER, app=app)
        first = await door.accepted("orders/create", ORDER, app=app)
        line = await heard(tap)
        assert f"{first}  orders/create  {SHOP}  done, " in line
        assert [first] == [one["id"] for one in await handled(record, "taker")]

        tap.send_signal(signal.SIGKILL)
        await tap.wait()
        missed = {await door.accepted("orders/create", ORDER, app=app) for _ in range(3)}
        assert 5 == await ready(amqp, f"{app}.unrouted"), "a tap takes nothing away"

        tap = await spawn("hookline-workers", *to_taker, env=env)
        shown: set[str] = set()
        while not shown >= missed:
            line = await heard(tap)
            shown.add(line.split("  ")[1])
        assert shown <= missed | {first}, "what was shown last may come twice"
        tap.send_signal(signal.SIGTERM)
        assert 0 == await tap.wait()

    async def none_may_listen() -> bool:
        code, _, told = await finished("hookline-workers", *to_taker, env=env)
        return (2, True) == (code, "HOOKLINE_TAPS=on" in told)

    # Off again, beside a journal: nothing goes to the tap any more, and nobody is let listen.
    async with ingress(url, APP=app, JOURNAL="1d") as door:
        await door.accepted("orders/create", ORDER, app=app)
        assert 0 == await ready(amqp, f"{app}.tap.ann")
        assert await none_may_listen()


async def test_where_taps_are_off_again_nobody_waits_for_what_never_comes(
    url: str, app: str
) -> None:
    async with connected([url], "test") as connection, keeping(connection) as kept:
        listens_at = Exchange(tap_exchange(app), ExchangeType.TOPIC)
        async with ingress(url, APP=app, TAPS="on"):
            assert not await difference(kept, listens_at)

        async with ingress(url, APP=app):
            await until(lambda: difference(kept, listens_at), 10, "what taps listen at is gone")


async def test_a_tap_says_that_it_lives_and_what_waits_and_is_back_when_its_queue_was_gone(
    url: str,
    app: str,
    amqp: AbstractChannel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tap_command, "SIGN_OF_LIFE", 0.1)
    async with ingress(url, APP=app, TAPS="on"):
        showing = _Showing(tap_named(app, "*/*", "ann"), ToNobody(), None)
        stop = asyncio.Event()
        told: list[str] = []

        async def says(text: str) -> bool:
            told.append(capsys.readouterr().err)
            return text in "".join(told)

        async with connected([url], "test") as connection:
            listening = asyncio.create_task(showing.listen(connection, stop))
            await until(lambda: says("alive: 0 came, 0 wait"), 10, "a sign of life")
            await amqp.queue_delete(f"{app}.tap.ann")
            with pytest.raises(LOST):
                await asyncio.wait_for(listening, 10)

            again = asyncio.create_task(showing.listen(connection, stop))
            told.clear()
            await until(lambda: says("alive"), 10, "a sign of life again")
            stop.set()
            await asyncio.wait_for(again, 10)
