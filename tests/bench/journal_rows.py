"""The row about the journal: how long it takes to find a shop's webhooks among all."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from statistics import median

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from schemas.copies import Copies, Journal, copies_topology, journal_stream
from tests.bench import messages
from tests.bench.processes import BIN
from tests.bench.samples import Measured
from tests.bench.stage import Stage

TIMES = 10
"""Copies for each webhook of a round: fewer are found before a command has begun."""
MILLION = 1_000_000
KEPT = Copies(Journal(seconds=7 * 86_400, size=10 * 2**30))
AHEAD = 500
"""Copies that the bare client has come before it asks, as many as ours."""


def searched(stage: Stage) -> Measured:
    """Our command, which looks for a shop that has none, and the bare client, which reads all.

    The copies have come one by one, as they do in a day: the broker keeps each for itself.
    """
    app = stage.app()
    copies = TIMES * stage.webhooks
    _lay(stage, app, copies)

    url = stage.node.url()
    rounds = [
        (_timed(lambda: _search(url, app)), _timed(lambda: asyncio.run(_read(url, app, copies))))
        for _ in range(stage.pairs)
    ]
    ours = [mine for mine, _ in rounds]
    bare = [other for _, other in rounds]
    sides = f"hookline {median(ours):.1f} s / aio-pika {median(bare):.1f} s, of {copies:,} copies"
    a_million = median(ours) * MILLION / copies
    return Measured(
        [mine / other for mine, other in rounds],
        sides=sides,
        notes=[f"at this rate a million copies are searched in {a_million:.0f} s"],
        series={"hookline, s": ours, "aio-pika, s": bare},
    )


def _lay(stage: Stage, app: str, copies: int) -> None:
    body = messages.order()
    copy = messages.webhook(app, body)
    (stream,) = copies_topology(app, KEPT).queues
    with stage.broker() as broker:
        broker.declare(stream.name, type="stream", **stream.arguments)
        for number in range(copies):
            broker.fill(stream.name, copy, body, range(number, number + 1))


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _search(url: str, app: str) -> None:
    env = os.environ | {"HOOKLINE_AMQP_URL": url, "HOOKLINE_APP": app}
    command = [str(BIN / "hookline-workers"), "journal", "list", "--shop", "another"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert not done.stdout, done.stdout


async def _read(url: str, app: str, copies: int) -> None:
    left = copies
    ended = asyncio.Event()

    async def take(copy: AbstractIncomingMessage) -> None:
        nonlocal left
        await copy.ack()
        left -= 1
        if not left:
            ended.set()

    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        await channel.set_qos(AHEAD)
        stream = await channel.get_queue(journal_stream(app), ensure=False)
        await stream.consume(take, arguments={"x-stream-offset": "first"})
        await ended.wait()
