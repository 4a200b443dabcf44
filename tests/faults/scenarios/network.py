"""What dies is the link between us and the broker: slow, thin, silent, cut, reset."""

import asyncio

from tests.faults.scenario import scenario
from tests.faults.stage import Stage

SHORT = {"CONFIRM_TIMEOUT": "1"}
BOTH = ("ingress", "worker")


@scenario("latency of 200 ms", through=BOTH, mix=("done", "again"))
async def latency(stage: Stage) -> None:
    """Delay every piece, both ways."""
    async with stage.fault():
        for link in stage.links.values():
            link.up.delay = link.down.delay = 0.2
        await stage.answered(200, int(stage.seconds(300, 30)))
        for link in stage.links.values():
            link.heal()


@scenario("a trickle of 5 kB/s", through=BOTH, settings=SHORT)
async def trickle(stage: Stage) -> None:
    """Make the link so thin that confirms come too late."""
    async with stage.fault():
        for link in stage.links.values():
            link.up.rate = link.down.rate = 5_000
        await stage.unavailable(1)
        for link in stage.links.values():
            link.heal()


@scenario("links cut", through=BOTH, mix=("done", "again"))
async def cut(stage: Stage) -> None:
    """End all connections in order, several times."""
    async with stage.fault():
        for _ in range(int(stage.seconds(10, 2))):
            for link in stage.links.values():
                link.cut()
            await stage.answered(200)


@scenario("links reset", through=BOTH, mix=("done", "again"))
async def reset(stage: Stage) -> None:
    """Reset all connections, several times."""
    async with stage.fault():
        for _ in range(int(stage.seconds(10, 2))):
            for link in stage.links.values():
                link.cut(reset=True)
            await stage.answered(200)


@scenario("black hole", through=BOTH, settings=SHORT, mix=("done", "again"))
async def black_hole(stage: Stage) -> None:
    """Let nothing pass and tell nobody; the half-open links are noticed, and given up."""
    async with stage.fault():
        for link in stage.links.values():
            link.silence()
        await stage.unavailable()
        if stage.full:
            await asyncio.gather(
                stage.logged(stage.door, "broker.lost", 20),
                stage.logged(stage.crew[0], "broker.lost", 20),
            )
        for link in stage.links.values():
            link.heal()


@scenario("confirms lost on their way", through=("ingress",), settings=SHORT)
async def confirms_lost(stage: Stage) -> None:
    """Hold what comes from the broker: it stores, and we cannot know."""
    async with stage.fault():
        stage.links["ingress"].silence(up=False)
        await stage.unavailable()
        stage.links["ingress"].cut(reset=True)
        stage.links["ingress"].heal()


@scenario("broker refuses connections", through=BOTH)
async def refused(stage: Stage) -> None:
    """Cut all and let no new one in for a while."""
    async with stage.fault():
        for link in stage.links.values():
            link.refusing = True
            link.cut()
        await stage.unavailable()
        for link in stage.links.values():
            link.heal()
