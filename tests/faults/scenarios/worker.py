"""What dies is the worker: killed at the worst moments, crashed by what it handles, misused by its
handlers.
"""

import asyncio
import random
import signal

from tests.faults.scenario import scenario
from tests.faults.stage import Stage


@scenario("worker killed in mid-handler", mix=("slow",), workers=2)
async def killed_in_mid_handler(stage: Stage) -> None:
    """Kill one of two while handlers run."""
    async with stage.fault():
        await stage.any_worker().kill()


@scenario("ten workers killed at random", mix=("done", "slow", "again"), workers=2)
async def killed_at_random(stage: Stage) -> None:
    """Kill again and again."""
    async with stage.fault():
        for _ in range(int(stage.seconds(10, 3))):
            await stage.any_worker().kill()
            await asyncio.sleep(random.uniform(0, 1.5))  # noqa: S311 - at random, that is the point


async def _killed_with_a_copy_under_way(stage: Stage, *, up: bool) -> None:
    """Kill the worker while its retries or dead letters have not reached the broker (up), or no
    confirm has come.
    """
    async with stage.fault():
        stage.links["worker"].silence(up=up, down=not up)
        await stage.answered(200, 20)
        await stage.crew[0].kill()
        stage.links["worker"].cut(reset=True)
        stage.links["worker"].heal()


@scenario("worker killed before its retries arrived", mix=("again", "done"), through=("worker",))
async def killed_before_the_retry(stage: Stage) -> None:
    """Kill it with retries on their way out."""
    await _killed_with_a_copy_under_way(stage, up=True)


@scenario(
    "worker killed before its retries were confirmed", mix=("again", "done"), through=("worker",)
)
async def killed_before_the_confirm(stage: Stage) -> None:
    """Kill it with retries stored and originals unacked: each may run twice."""
    await _killed_with_a_copy_under_way(stage, up=False)


@scenario("worker killed in mid-dead-letter", mix=("reject", "done"), through=("worker",))
async def killed_in_mid_dead_letter(stage: Stage) -> None:
    """Kill it with dead letters under way, before and after they are stored."""
    await _killed_with_a_copy_under_way(stage, up=True)
    await stage.handled(5)
    await _killed_with_a_copy_under_way(stage, up=False)


@scenario("worker killed in mid-drain", mix=("slow",), workers=2)
async def killed_in_mid_drain(stage: Stage) -> None:
    """Tell it to stop, and kill it before it has."""
    async with stage.fault():
        stage.crew[0].signal(signal.SIGTERM)
        await stage.logged(stage.crew[0], "worker.draining")
        await stage.crew[0].kill()


def _only_the_poison_is_dead(stage: Stage) -> None:
    assert set(stage.ledger.dead.values()) == {"crashed"}
    assert stage.ledger.dead.keys() == POISONED[stage.app]


POISONED: dict[str, set[str]] = {}


@scenario("poison among innocents", mix=("done", "slow"), workers=2, finds=_only_the_poison_is_dead)
async def poison(stage: Stage) -> None:
    """Send webhooks that kill whoever handles them, amid the rest, until they are dead."""
    async with stage.fault():
        POISONED[stage.app] = {
            await stage.sender.fire_one("die") for _ in range(int(stage.seconds(3, 1)))
        }
        await stage.books.dead(POISONED[stage.app])


BAD_MANNERS = (
    "done",
    "value",
    "exit",
    "done",
    "interrupt",
    "again",
    "leak",
    "done",
    "never",
    "swallow",
)


@scenario("handlers that misbehave", mix=BAD_MANNERS, workers=1)
async def misbehave(stage: Stage) -> None:
    """Ignore cancellation, never return, leak tasks, leave the process; then stop and start it."""
    async with stage.fault():
        await asyncio.sleep(stage.seconds(30, 2))  # as long as it is put up with
        stage.crew[0].signal(signal.SIGTERM)
        await stage.logged(stage.crew[0], "worker.stopped", 60)


@scenario("handler that blocks the loop", mix=("done",), workers=2)
async def block(stage: Stage) -> None:
    """Hold a worker's loop up, past its heartbeats in the long form; the other goes on."""
    async with stage.fault():
        identity = await stage.sender.fire_one("block_long" if stage.full else "block")
        await stage.written_down(identity)
