"""Dead webhooks that halt their shop, with real workers and a real broker, whoever dies."""

import json
import signal
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from schemas.bucket import bucket
from schemas.dead_letter import DeadLetter, Reason
from schemas.names import WorkQueue
from tests.system.laid import ids_in, letters
from tests.system.process import Process
from tests.system.processes import environment, finished, spawn, worker
from tests.system.record import Record
from tests.system.shops import Shops
from tests.system.waiting import until

HERE = Path(__file__).parent / "halting"
BAD = 13
"""As the consumer has it: the webhooks that die have numbers that are multiples of it."""


def effects(record: Record) -> dict[str, list[str]]:
    """Return by shop the ids in the order in which each took effect first."""
    taken: dict[str, list[str]] = {}
    for line in record.lines("takes effect"):
        ids = taken.setdefault(line["shop"], [])
        if line["id"] not in ids:
            ids.append(line["id"])
    return taken


def before_the_first_bad(ids: Iterable[str]) -> list[str]:
    """Return what may take effect of a shop until somebody sees to what halts it."""
    good: list[str] = []
    for one in ids:
        if int(one.removeprefix("w")) % BAD == 0:
            break
        good.append(one)
    return good


async def all_are(record: Record, expected: dict[str, list[str]], what: str) -> None:
    """Wait until exactly these have taken effect, each shop's in this order."""

    async def are() -> bool:
        taken = effects(record)
        return all(taken.get(shop, []) == ids for shop, ids in expected.items())

    await until(are, 60, what)


async def killed_midway(url: str, app: str, *arguments: str, after: int) -> None:
    """Run a command on dead letters, and kill it once it has told of so many."""
    line = ("dead-letters", *arguments, "--json")
    process = await spawn("hookline-workers", *line, env=environment(url, APP=app))
    assert process.stdout is not None
    for _ in range(after):
        assert await process.stdout.readline(), "it has ended before it was killed"
    process.send_signal(signal.SIGKILL)
    await process.communicate()


def ids_written(file: Path) -> set[str]:
    """Return the webhooks whose letters are in a file, wholly."""
    whole, _, _ = file.read_bytes().rpartition(b"\n")
    return {json.loads(line)["headers"]["webhook-id"] for line in whole.splitlines()}


async def kill(one: Process) -> None:
    """End a process at once."""
    one.signal(signal.SIGKILL)
    await one.ended()


async def all_are_told(url: str, app: str, halted: dict[str, list[str]], shops: Shops) -> None:
    """Wait until the commands tell of each shop that it is halted, and how many wait behind."""
    behind = {shop: len(ids) - len(halted[shop]) - 1 for shop, ids in shops.fired.items()}
    expected = {shop: (count, "halted") for shop, count in behind.items() if count >= 0}

    async def are() -> bool:
        told = await rows(url, app, "sequences")
        return expected == {row["shop"]: (row["behind"], row["state"]) for row in told}

    await until(are, 30, "each shop that is halted is told, with what is behind it")
    listed = {row["id"]: row["behind"] for row in await rows(url, app, "list")}
    heads = {shop: shops.fired[shop][len(halted[shop])] for shop in expected}
    assert {heads[shop]: count for shop, (count, _) in expected.items()} == listed


async def rows(url: str, app: str, *arguments: str) -> list[dict[str, Any]]:
    """Return what a command shows."""
    code, out, err = await letters(url, app, *arguments, "--json")
    assert 0 == code, err
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    "kills", [1, pytest.param(4, marks=pytest.mark.slow("each takes ten seconds; one does it too"))]
)
async def test_what_is_dead_halts_its_shop_until_it_is_replayed_or_dropped_whoever_is_killed(
    url: str, app: str, record: Record, tmp_path: Path, kills: int
) -> None:
    """Workers are killed as webhooks die, operators as they replay and drop."""
    async with AsyncExitStack() as stack:

        async def join() -> Process:
            return await stack.enter_async_context(worker(url, cwd=HERE, APP=app))

        first = await join()
        async with Shops(url, app, pause=0.2) as shops:
            for _ in range(kills):
                await first.event("delivery.dead")
                await kill(first)
                first = await join()
            await shops.go_on(240)
        halted = {shop: before_the_first_bad(ids) for shop, ids in shops.fired.items()}
        await all_are(record, halted, "all that may take effect, and nothing behind what is dead")

        await all_are_told(url, app, halted, shops)

        files = [tmp_path / "first", tmp_path / "second"]
        drop = ("drop", "--all", "--limit", "9", "--rate", "30", "--to")
        await killed_midway(url, app, *drop, str(files[0]), after=4)
        await kill(first)
        assert 0 == (await letters(url, app, *drop, str(files[1])))[0]
        dropped = ids_written(files[0]) | ids_written(files[1])

        first = await join()
        await first.event("sequence.released")
        record.touch(".mended")
        await killed_midway(url, app, "replay", "--all", "--rate", "30", after=4)
        if kills > 1:
            await kill(first)
            await join()

        async def is_all_seen_to() -> bool:
            await letters(url, app, "replay", "--all")
            done = {one for ids in effects(record).values() for one in ids}
            fired = {one for ids in shops.fired.values() for one in ids}
            return fired <= done | dropped

        await until(is_all_seen_to, 60, "all take effect but what was dropped")
        taken = effects(record)
        for shop, ids in shops.fired.items():
            # What was dropped may be there still, where that was killed, and be replayed then.
            kept = [one for one in ids if one not in dropped]
            assert kept == [one for one in taken[shop] if one not in dropped]
        assert 0 == (await letters(url, app, "list"))[0]


async def test_a_sequence_is_replayed_in_its_order_however_its_letters_lie(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    env = environment(url, APP=app)
    declare = ("topology", "declare", "consumers")
    assert 0 == (await finished("hookline-workers", *declare, env=env, cwd=HERE))[0]
    dead = await amqp.get_exchange(f"{app}.dead", ensure=False)
    for webhook, shop, died in (("w3", "a", 30), ("w1", "a", 10), ("x", "b", 5), ("w2", "a", 20)):
        own = DeadLetter("erp", Reason.REJECTED, 1, died, first_died_ms=died).headers()
        headers: dict[str, Any] = {"webhook-id": webhook, "webhook-shop": shop, **own}
        letter = aio_pika.Message(b"{}", headers=headers, type="orders/create", delivery_mode=2)
        await dead.publish(letter, f"{app}.erp.orders.create")

    code, _, err = await letters(url, app, "replay", "--sequence", "a")
    assert (0, "3 replayed") == (code, err.splitlines()[-1])
    partition = WorkQueue(app, "erp", "orders.create", bucket("a") % 2)
    assert ["w1", "w2", "w3"] == list(await ids_in(url, partition.name))
    assert [("b", "goes on")] == [
        (row["shop"], row["state"]) for row in await rows(url, app, "sequences")
    ]
    for wrong in (("--unrouted",), ("--shop", "b")):
        code, _, err = await letters(url, app, "replay", "--sequence", "a", *wrong)
        assert (2, True) == (code, "leave" in err)
