"""What dies is the worker of a consumer that keeps the order of each shop, or its link."""

import asyncio
import random

from tests.faults.scenario import scenario
from tests.faults.stage import Stage

MIX = ("done",) * 19 + ("again",)
"""One in twenty fails once, and holds up those of its shop."""


def _nothing_was_overtaken(stage: Stage) -> None:
    assert [] == stage.ledger.overtaken(0)


ORDERED: dict[str, object] = {
    "mix": MIX,
    "shops": 40,
    "workers": 2,
    "deployments": ("ledger", "inorder"),
    "finds": _nothing_was_overtaken,
}


@scenario("workers of an ordered consumer killed", **ORDERED)
async def ordered_killed(stage: Stage) -> None:
    """Kill one or the other, and cut the links of both, while webhooks are held."""
    ordered = stage.crew[2:]
    async with stage.fault():
        for _ in range(int(stage.seconds(5, 2))):
            await random.choice(ordered).kill()  # noqa: S311 - at random, that is the point
            await stage.answered(200, int(stage.seconds(200, 40)))
            await asyncio.to_thread(stage.node.ctl, "close_all_connections", "a test")
            await stage.answered(200, 40)


@scenario("broker killed under an ordered consumer", **ORDERED)
async def ordered_without_broker(stage: Stage) -> None:
    """Pull its plug while webhooks are held."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.kill)
        await stage.unavailable()
        await asyncio.to_thread(stage.node.start)
