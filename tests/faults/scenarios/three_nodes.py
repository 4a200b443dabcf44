"""What dies is a node of three: any two go on, and one alone confirms nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.rabbitmq import Node
from tests.faults.cluster import leader
from tests.faults.scenario import scenario
from tests.faults.stage import Stage

SHORT = {"CONFIRM_TIMEOUT": "2"}


@asynccontextmanager
async def _apart(node: Node, others: list[Node]) -> AsyncIterator[None]:
    """Cut a node off from all others in one step, for as long as this lasts.

    Were one gone a moment before the other, that one would see a node down which the other still
    sees, and a node that pauses in a minority pauses then until *all* are there again
    (rabbit_node_monitor): of three, none would be left. It happened on a loaded machine.
    """
    names = ", ".join(f"'{other.name}'" for other in others)
    part = f"""process_flag(priority, max),
        [erlang:set_cookie(N, wrong) || N <- [{names}]],
        [erlang:disconnect_node(N) || N <- [{names}]]."""
    heal = f"[erlang:set_cookie(N, erlang:get_cookie()) || N <- [{names}]]."
    await asyncio.to_thread(node.ctl, "eval", part)
    try:
        yield
    finally:
        await asyncio.to_thread(node.ctl, "eval", heal)


async def _back(node: Node) -> None:
    """Let a frozen node go on, as an operator must: given up by the others meanwhile, it has to
    begin anew.
    """
    await asyncio.to_thread(node.thaw)
    await asyncio.to_thread(node.kill)
    await asyncio.to_thread(node.start)


@scenario("leader of the busiest queue killed", nodes=3, mix=("done", "again"), settings=SHORT)
async def leader_killed(stage: Stage) -> None:
    """Kill who leads the work queue."""
    node = await asyncio.to_thread(leader, stage.nodes, stage.queue)
    async with stage.fault():
        await asyncio.to_thread(node.kill)
        await stage.answered(200, 20)
        await asyncio.to_thread(node.start)


@scenario("each node killed in turn", nodes=3, mix=("done", "again"), settings=SHORT)
async def rolling(stage: Stage) -> None:
    """Kill one after the other, each back before the next."""
    async with stage.fault():
        for node in stage.nodes if stage.full else stage.nodes[:1]:
            await asyncio.to_thread(node.kill)
            await stage.answered(200, 20)
            await asyncio.to_thread(node.start)
            await stage.handled(20)


@scenario("one node frozen", nodes=3, mix=("done", "again"), settings=SHORT)
async def one_frozen(stage: Stage) -> None:
    """Freeze the node that the clients are connected to; they move to a living one."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.freeze)
        await stage.unavailable(1)
        await stage.answered(200, 20)
        await _back(stage.node)


@scenario("one node cut off from the others", nodes=3, mix=("done", "again"), settings=SHORT)
async def cut_off(stage: Stage) -> None:
    """Partition the node that the clients are connected to: it is in the minority and must confirm
    nothing.
    """
    async with stage.fault(), _apart(stage.node, stage.nodes[1:]):
        await stage.answered(200, 20)
        await asyncio.sleep(stage.seconds(10, 3))  # as long as it is cut off


@scenario("majority lost and regained", nodes=3, mix=("done", "again"), settings=SHORT)
async def majority_lost(stage: Stage) -> None:
    """Freeze two of three: what cannot be stored on a majority is not answered 200."""
    gone: list[Node] = stage.nodes[1:]
    async with stage.fault():
        await asyncio.gather(*(asyncio.to_thread(node.freeze) for node in gone))
        await stage.unavailable()
        before = len(stage.ledger.accepted())
        await asyncio.sleep(stage.seconds(20, 3))  # as long as there is no majority
        assert len(stage.ledger.accepted()) == before, "a 200 without a majority"
        await asyncio.gather(*(_back(node) for node in gone))
