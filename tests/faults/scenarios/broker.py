"""What dies is the broker's one node, or what is declared on it, or our right to be there."""

import asyncio

import aio_pika
from aiormq.exceptions import ChannelNotFoundEntity

from tests.faults.scenario import scenario
from tests.faults.stage import Stage


@scenario("broker stopped and started")
async def stopped(stage: Stage) -> None:
    """Stop it in order."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.stop)
        await stage.unavailable()
        await asyncio.to_thread(stage.node.start)


@scenario("broker killed and started", mix=("done", "again", "slow"))
async def killed(stage: Stage) -> None:
    """Pull its plug."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.kill)
        await stage.unavailable()
        await asyncio.to_thread(stage.node.start)


@scenario("broker killed while a journal is kept", settings={"JOURNAL": "1h"})
async def killed_with_a_journal(stage: Stage) -> None:
    """Pull its plug: copies that are missed cost no webhook."""
    await killed(stage)


@scenario("broker frozen", mix=("done", "again"), settings={"CONFIRM_TIMEOUT": "1"})
async def frozen(stage: Stage) -> None:
    """Stop it without ending it: sockets stay open and nothing answers."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.freeze)
        await stage.unavailable()
        await asyncio.sleep(stage.seconds(30, 1))  # as long as it is frozen
        await asyncio.to_thread(stage.node.thaw)


async def _alarm(stage: Stage, setting: str, raised: str, ended: str) -> None:
    """Have a limit of the broker raise an alarm for a while."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.ctl, setting, raised)
        await stage.unavailable()
        await asyncio.sleep(stage.seconds(10, 0))  # as long as it lasts
        await asyncio.to_thread(stage.node.ctl, setting, ended)


@scenario("memory alarm", settings={"CONFIRM_TIMEOUT": "1"}, mix=("done", "again"))
async def memory_alarm(stage: Stage) -> None:
    """Have the broker read nothing more from publishers."""
    await _alarm(stage, "set_vm_memory_high_watermark", "0.0000001", "0.4")


@scenario("disk alarm", settings={"CONFIRM_TIMEOUT": "1"}, mix=("done", "again"))
async def disk_alarm(stage: Stage) -> None:
    """Have less disk left than the limit."""
    await _alarm(stage, "set_disk_free_limit", "9999GB", "50MB")


@scenario("every connection closed by an operator", mix=("done", "again"))
async def connections_closed(stage: Stage) -> None:
    """Close them all, several times."""
    async with stage.fault():
        for _ in range(int(stage.seconds(5, 1))):
            await asyncio.to_thread(stage.node.ctl, "close_all_connections", "a test")
            await stage.answered(200)


async def _delete(stage: Stage, kind: str, *names: str) -> None:
    async with (
        await aio_pika.connect(stage.node.url()) as connection,
        connection.channel() as channel,
    ):
        for name in names:
            await (channel.exchange_delete if kind == "exchange" else channel.queue_delete)(name)


async def _back(stage: Stage, kind: str, name: str) -> None:
    """Wait until somebody has declared it again."""
    while True:
        async with (
            await aio_pika.connect(stage.node.url()) as connection,
            connection.channel() as channel,
        ):
            try:
                await (channel.get_exchange if kind == "exchange" else channel.get_queue)(name)
            except ChannelNotFoundEntity:
                await asyncio.sleep(0.1)
            else:
                return


@scenario("work queue deleted while it is empty")
async def work_queue_deleted(stage: Stage) -> None:
    """Delete it with nothing in it, for that would be gone: what comes until it is back waits in
    unrouted.
    """
    stage.sender.firing.clear()
    await stage.books.complete()
    async with stage.fault():
        await _delete(stage, "queue", stage.queue)
        stage.sender.firing.set()
        await _back(stage, "queue", stage.queue)


@scenario("dead queue deleted", mix=("reject", "done"))
async def dead_queue_deleted(stage: Stage) -> None:
    """Delete it with nothing in it: letters on their way wait with the worker until it is back."""
    stage.sender.firing.clear()
    await stage.books.complete()
    name = f"{stage.app}.dead.ledger.orders.create"
    async with stage.fault():
        await _delete(stage, "queue", name)
        stage.sender.firing.set()
        await _back(stage, "queue", name)


@scenario("rung deleted", mix=("again", "done"))
async def rung_deleted(stage: Stage) -> None:
    """Delete the exchange of a rung, so that retries find no place on it."""
    name = f"{stage.app}.retry.1s"
    async with stage.fault():
        await _delete(stage, "exchange", name)
        await _back(stage, "exchange", name)


@scenario("webhooks exchange deleted")
async def exchange_deleted(stage: Stage) -> None:
    """Delete what the ingress publishes to: 404 closes its channel."""
    name = f"{stage.app}.webhooks"
    async with stage.fault():
        await _delete(stage, "exchange", name)
        await _back(stage, "exchange", name)


@scenario("webhooks exchange deleted under two deployments", deployments=("ledger", "second"))
async def exchange_deleted_under_two(stage: Stage) -> None:
    """Delete it while both run, and again while one is away: whoever mends must leave nothing to
    one consumer alone.
    """
    name = f"{stage.app}.webhooks"
    async with stage.fault():
        await _delete(stage, "exchange", name)
        await _back(stage, "exchange", name)
        await stage.handled()
    async with stage.fault():
        await stage.crew[1].pause()
        await _delete(stage, "exchange", name)
        await _back(stage, "exchange", name)
        await stage.handled()
        stage.crew[1].resume()


@scenario("return exchange replaced by another kind", mix=("again", "done"))
async def exchange_replaced(stage: Stage) -> None:
    """Have somebody put a fanout in its place, with nothing bound: every declare of ours is a 406,
    until it is gone.
    """
    name = f"{stage.app}.return"
    async with (
        stage.fault(),
        await aio_pika.connect(stage.node.url()) as connection,
        connection.channel() as channel,
    ):
        await channel.exchange_delete(name)
        await channel.declare_exchange(name, "fanout", durable=True)
        await _delete(stage, "exchange", f"{stage.app}.retry.1s")  # so that the worker declares
        await stage.logged(stage.crew[0], "topology.differs")
        await channel.exchange_delete(name)
        await _back(stage, "exchange", name)


@scenario("dead and return exchanges deleted", mix=("again", "reject", "done"))
async def worker_exchanges_deleted(stage: Stage) -> None:
    """Delete what retries come back by and letters go to."""
    names = (f"{stage.app}.dead", f"{stage.app}.return")
    async with stage.fault():
        await _delete(stage, "exchange", *names)
        for name in names:
            await _back(stage, "exchange", name)


@scenario(
    "permissions revoked and restored", mix=("done", "again"), settings={"CONFIRM_TIMEOUT": "2"}
)
async def permissions_revoked(stage: Stage) -> None:
    """Take away every right: 403 closes channels."""
    async with stage.fault():
        await asyncio.to_thread(
            stage.node.ctl, "set_permissions", "-p", "/", "guest", "^$", "^$", "^$"
        )
        await asyncio.to_thread(stage.node.ctl, "close_all_connections", "a test")
        await stage.unavailable()
        await asyncio.to_thread(
            stage.node.ctl, "set_permissions", "-p", "/", "guest", ".*", ".*", ".*"
        )


@scenario("credentials revoked and restored", mix=("done", "again"))
async def credentials_revoked(stage: Stage) -> None:
    """Change the password."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.ctl, "change_password", "guest", "another")
        await asyncio.to_thread(stage.node.ctl, "close_all_connections", "a test")
        await stage.unavailable()
        await asyncio.to_thread(stage.node.ctl, "change_password", "guest", "guest")


@scenario("retries wait while the broker restarts", mix=("again",))
async def retries_wait(stage: Stage) -> None:
    """Restart it while everything is on the ladder."""
    async with stage.fault():
        await asyncio.to_thread(stage.node.stop)
        await asyncio.to_thread(stage.node.start)


@scenario("retries fall due while no worker runs", mix=("again",))
async def retries_without_a_worker(stage: Stage) -> None:
    """Stop the worker for longer than the rung."""
    async with stage.fault():
        await stage.crew[0].pause()
        await stage.answered(200, int(stage.seconds(300, 60)))
        stage.crew[0].resume()
