"""What dies is what handlers talk to: attempts stop, nothing is given up, and all is done later."""

import asyncio
import time

import aio_pika

from tests.faults.scenario import scenario
from tests.faults.stage import Stage
from tests.system.waiting import until

MOST_FAILED = 400
"""Attempts that fail, all in all: until the breaker opens, and its probes.

Without it, webhooks would fail at their rate, be tried five times each within seconds, and die.
"""


def _nothing_was_given_up(stage: Stage) -> None:
    assert stage.ledger.dead == {}
    assert stage.measured["failed attempts"] < MOST_FAILED
    assert stage.measured["opened"] >= 2


@scenario("downstream dead for a while", mix=("call",), workers=2, finds=_nothing_was_given_up)
async def dead_downstream(stage: Stage) -> None:
    """Have every attempt fail, until the breaker has opened several times."""
    down = stage.folder / "handled-down"
    async with stage.fault():
        down.touch()
        await asyncio.sleep(stage.seconds(60, 9))  # as long as it is down
        down.unlink()

    mended = time.monotonic()
    stage.measured["backlog"] = await _waiting(stage)
    await until(lambda: _is_closed(stage), stage.seconds(400, 60), "the breaker closes")
    stage.measured["closed after"] = round(time.monotonic() - mended, 1)

    async def is_drained() -> bool:
        return await _waiting(stage) < 100

    await until(is_drained, 240, "the backlog drains")
    stage.measured["drained after"] = round(time.monotonic() - mended, 1)
    failed = (stage.folder / "handled-failed").read_text().splitlines()
    stage.measured["failed attempts"] = len(failed)
    stage.measured["opened"] = await _opened(stage)


async def _is_closed(stage: Stage) -> bool:
    process = await stage.crew[0].started()
    return bool(process.events("breaker.closed"))


async def _opened(stage: Stage) -> int:
    """Count the openings that the crew has told of."""
    opened = set()
    for kept in stage.crew:
        process = await kept.started()
        opened |= {(event["by"], event["times"]) for event in process.events("breaker.opened")}
    return len(opened)


async def _waiting(stage: Stage) -> int:
    """Count what waits in the work queue."""
    async with (
        await aio_pika.connect(stage.node.url()) as connection,
        connection.channel() as channel,
    ):
        queue = await channel.declare_queue(stage.queue, passive=True)
    return queue.declaration_result.message_count or 0
