"""Looking at dead letters and moving them, and what is left where that is killed in between."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from runtime.amqp.link import connected
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from tests.system.laid import (
    ACKS_UNDER_WAY,
    AFTER,
    MANY,
    dead_letter,
    declared,
    ended_midway,
    ids_in,
    lay,
    letters,
    queue_of,
)
from tests.system.processes import BIN, environment, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import SHOP
from tests.system.waiting import until
from workers.broker import move
from workers.broker.browse import HeldMessage, browsing
from workers.broker.letters import any_letter
from workers.broker.move import Mover
from workers.broker.whole_look import WholeLook
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate import moving
from workers.operate.letters import sources
from workers.operate.moving import Moved, Moving, all_of
from workers.operate.replay import Replay, replay
from workers.operate.replayable import replayable
from workers.pace import Pace

Wait = Callable[[WholeLook], Awaitable[None]]


async def test_letters_are_grouped_filtered_and_counted_without_being_moved(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(5))
    await lay(amqp, app, range(5, 7), error="ValueError: closed")

    code, out, _ = await letters(url, app, "groups", "--json")
    groups = [json.loads(line) for line in out.splitlines()]
    assert (0, [5, 2]) == (code, [group["count"] for group in groups])
    assert ["w4", "w6"] == [group["id"] for group in groups]

    small = groups[1]["group"]
    for filter_, ids in {
        ("--group", small): ["w5", "w6"],
        ("--error", "CLOSED", "--limit", "1"): ["w5"],
        ("--id", "w3"): ["w3"],
        ("--reason", "rejected"): [],
        ("--shop", SHOP, "--topic", "orders/create", "--limit", "2"): ["w0", "w1"],
        ("--since", "2h"): [],
    }.items():
        code, out, _ = await letters(url, app, "list", "--json", *filter_)
        assert (0, ids) == (code, [json.loads(line)["id"] for line in out.splitlines()]), filter_

    code, out, err = await letters(url, app, "replay", "--group", small, "--dry-run", "--json")
    assert (0, "dry run, nothing done: 2 to replay\n", 2) == (code, err, json.loads(out)["count"])
    assert 7 == (await ids_in(url, queue_of(app).dead)).total()


async def test_a_second_look_is_told_that_another_holds_letters(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(3))
    async with connected([url], "test") as connection:
        async with browsing(connection, queue_of(app).dead) as messages:
            assert 3 == len([message async for message in messages])
            code, _, err = await letters(url, app, "list")
    assert 0 == code
    assert "held by another look" in err
    code, out, err = await letters(url, app, "list", "--json")
    assert (3, "") == (len(out.splitlines()), err)


as_sigint = pytest.mark.slow("SIGINT is taken in the same place")


@pytest.mark.parametrize(
    "stopped_by",
    [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=as_sigint)],
)
async def test_a_replay_that_is_ended_in_between_loses_none_and_in_order_doubles_none(
    url: str, app: str, amqp: AbstractChannel, stopped_by: signal.Signals
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(MANY))
    queue = queue_of(app)
    arguments = ("replay", "--all", "--rate", "2000", "--json")
    code = await ended_midway(url, app, "dead-letters", *arguments, by=stopped_by)

    back = await ids_in(url, queue.name)
    left = await ids_in(url, queue.dead)
    ids = {f"w{number}" for number in range(MANY)}
    assert ids == back.keys() | left.keys()
    assert AFTER <= back.total() < MANY
    doubled = back.total() + left.total() - MANY
    if stopped_by is signal.SIGKILL:
        assert -signal.SIGKILL == code
        assert doubled <= ACKS_UNDER_WAY
    else:
        assert (1, 0) == (code, doubled)

    code, _, err = await letters(url, app, *arguments)
    assert 0 == code, err
    assert f"{left.total()} replayed" in err
    assert ids == (await ids_in(url, queue.name)).keys()
    assert 0 == (await ids_in(url, queue.dead)).total()


async def test_a_drop_that_is_killed_leaves_each_letter_in_the_file_or_in_its_queue(
    url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(MANY))
    queue = queue_of(app)
    ids = {f"w{number}" for number in range(MANY)}
    files = [tmp_path / "first", tmp_path / "second"]
    drop = ("drop", "--consumer", "taker", "--rate", "2000", "--json", "--to")
    assert -signal.SIGKILL == await ended_midway(
        url, app, "dead-letters", *drop, str(files[0]), by=signal.SIGKILL
    )
    assert 0o600 == files[0].stat().st_mode & 0o777

    def written(file: Path) -> list[str]:
        whole = file.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line)["headers"]["webhook-id"] for line in whole.splitlines()]

    left = await ids_in(url, queue.dead)
    assert ids == left.keys() | set(written(files[0]))
    doubled = left.total() + len(written(files[0])) - MANY
    assert doubled <= ACKS_UNDER_WAY

    assert 0 == (await letters(url, app, *drop, str(files[1])))[0]
    assert ids == set(written(files[0])) | set(written(files[1]))
    assert 0 == (await ids_in(url, queue.dead)).total()

    imported = ("import", "--rate", "2000")
    await ended_midway(url, app, "dead-letters", *imported, str(files[1]), by=signal.SIGKILL)
    for file in files:
        code, _, err = await letters(url, app, *imported, str(file))
        assert 0 == code, err
    assert ids == (await ids_in(url, queue.dead)).keys()
    assert 2 == (await letters(url, app, *drop, str(files[0])))[0], "the file is there already"


async def shown(url: str, app: str, identity: str) -> dict[str, Any]:
    """Return what is shown of a letter, without what the broker says of this very look."""
    page = dict(json.loads((await letters(url, app, "show", "--id", identity, "--json"))[1]))
    page["headers"] = {
        name: value for name, value in page["headers"].items() if not name.startswith("x-")
    }
    return page


async def test_what_is_exported_stays_and_what_is_imported_is_as_it_was(
    url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(3))
    file = tmp_path / "letters"
    assert 0 == (await letters(url, app, "export", str(file)))[0]
    before = await shown(url, app, "w1")
    assert 0 == (await letters(url, app, "drop", "--all", "--for-good"))[0]
    assert (0, "no dead letter\n") == (await letters(url, app, "list"))[::2]

    code, out, err = await letters(url, app, "import", str(file), "--dry-run")
    assert (0, f"{queue_of(app).dead}: 3\n", "dry run, nothing done: 3 to import\n") == (
        code,
        out,
        err,
    )
    assert 0 == (await letters(url, app, "import", str(file)))[0]
    assert before == await shown(url, app, "w1")


async def test_what_is_replayed_keeps_its_name_and_is_written_down_with_who_and_when(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(2))
    code, _, err = await letters(url, app, "replay", "--id", "w1", "--name", "INC-123")
    assert 0 == code
    assert "nobody consumes" in err

    async with connected([url], "test") as connection:
        async with browsing(connection, queue_of(app).name) as messages:
            (headers,) = [message.headers async for message in messages]
    assert ("INC-123", 1, 1_700_000_000_001) == (
        headers["webhook-replay"],
        headers["webhook-replays"],
        headers["webhook-first-died-ms"],
    )
    control_queue = await amqp.get_queue(f"{app}.control", ensure=False)
    await amqp.set_qos(10)
    records = []

    async def take(message: AbstractIncomingMessage) -> None:
        records.append(json.loads(message.body))
        await message.ack()

    await control_queue.consume(take, arguments={"x-stream-offset": "first"})

    async def is_written() -> list[Any]:
        return [one for one in records if one.get("what") == "replayed"]

    (written,) = await until(is_written, what="a record of the replay")
    assert ("INC-123", 1, {"id": "w1"}) == (written["name"], written["count"], written["chosen"])
    assert "@" in written["by"]


async def test_a_ramp_goes_on_while_all_is_well_and_ends_where_letters_die_again(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
    ):
        ids = [
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(10)
        ]
        for identity in ids:
            await workers.event("delivery.dead", id=identity)

        ramp = ("replay", "--consumer", "picky", "--ramp", "1s", "--rate", "1000", "--json")
        code, out, err = await letters(url, app, *ramp)
        assert (1, 1) == (code, len(out.splitlines()))
        assert "1 of 1 letters died again in the same group" in err

        told = await ramp_while_another_looks(url, app, monkeypatch)
        assert "1 of 1 letters died again in the same group" in told.problem

        record.touch(".content")
        code, out, err = await letters(url, app, *ramp)
        assert (0, 10, "10 replayed\n") == (code, len(out.splitlines()), err)
        await handled(record, "picky", 22)


async def ramp_while_another_looks(url: str, app: str, monkeypatch: pytest.MonkeyPatch) -> Moved:
    """Replay on a ramp; once a letter is sent, another look holds all others, and what dies again,
    until it is waited for.
    """
    wanted = Filter(consumer="picky")
    queue = WorkQueue(app, "picky", "orders.create").dead
    stop = asyncio.Event()
    async with connected([url], "test") as connection, held_by_another(url, queue) as look:
        monkeypatch.setattr(WholeLook, "wait", look.ended_before(WholeLook.wait))
        places = await sources(connection, app, wanted)
        able = await replayable(connection, app, force=False)
        order = Replay("held", ramp_wait=1.0)
        return await replay(connection, app, places, wanted, able, order, stop, look.begin)


async def test_unrouted_webhooks_are_looked_at_and_given_to_whoever_has_a_queue_for_them(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with worker(url, "--consumer", "taker", APP=app):
        pass
    async with ingress(url, APP=app) as door:
        lost = [await door.accepted("nobody/wants", b"{}", app=app) for _ in range(3)]
    unrouted = await amqp.get_exchange(f"{app}.unrouted", ensure=False)
    await unrouted.publish(dead_letter(app, 7), "orders.create.17")

    alone = "left alone: 3 that no consumer has a queue for\n"
    code, out, _ = await letters(url, app, "groups", "--unrouted", "--json")
    assert (0, 4) == (code, sum(json.loads(line)["count"] for line in out.splitlines()))
    code, _, err = await letters(url, app, "replay", "--unrouted", "--all", "--dry-run", "--json")
    assert (0, f"{alone}dry run, nothing done: 1 to replay\n") == (code, err)
    code, out, err = await letters(url, app, "replay", "--unrouted", "--all", "--json")
    assert (0, "w7") == (code, json.loads(out)["id"]), err
    assert f"{alone}1 replayed\n" == err
    assert {"w7": 1} == await ids_in(url, queue_of(app).name)
    assert set(lost) == (await ids_in(url, f"{app}.unrouted")).keys()


async def test_on_a_terminal_one_line_says_how_far_it_is(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(3))
    line = ("hookline-workers", "dead-letters", "replay", "--all", "--yes", "--rate", "5")
    terminal, theirs = os.openpty()
    replaying = await asyncio.create_subprocess_exec(
        BIN / line[0], *line[1:], env=environment(url, APP=app), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    assert 0 == await replaying.wait()
    shown = os.read(terminal, 5_000).decode()
    os.close(terminal)
    # One that is moved within a tenth of a second after another is not drawn.
    assert re.search("░ 1 of 3 replayed, .* [23] of 3 replayed, ", shown)
    assert shown.endswith("until somebody does\r\n3 replayed\r\n")


CAREFUL = """
from workers import Delivery, consumer

@consumer("orders/create", replay="never")
async def taker(delivery: Delivery[bytes]) -> None:
    pass
"""


async def test_letters_of_a_consumer_that_declares_never_are_replayed_by_force_alone(
    url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    (tmp_path / "consumers.py").write_text(CAREFUL)
    alone = 'left alone: 3 of taker, which declares replay="never" (--force)\n'
    replay = ("replay", "--consumer", "taker", "--json")
    async with worker(url, cwd=tmp_path, APP=app):
        await lay(amqp, app, range(3))

        async def is_written_down() -> bool:
            _, _, err = await letters(url, app, *replay, "--dry-run")
            return err == f"{alone}dry run, nothing done: 0 to replay\n"

        await until(is_written_down, what="what the consumer declares, in the control log")

    await declared(url, app)
    assert (1, "", f"{alone}0 replayed\n") == await letters(url, app, *replay)
    assert 3 == (await ids_in(url, queue_of(app).dead)).total()

    code, out, _ = await letters(url, app, *replay, "--force")
    assert (0, 3) == (code, len(out.splitlines()))
    assert 3 == (await ids_in(url, queue_of(app).name)).total()


async def test_windows_miss_nothing_and_leave_what_is_not_wanted(
    url: str, app: str, amqp: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await declared(url, app)
    exchange = await amqp.get_exchange(f"{app}.dead", ensure=False)
    for number in range(60):
        await exchange.publish(dead_letter(app, number), queue_of(app).name)
    monkeypatch.setattr(move, "WINDOW", 7)

    def is_even(_: str, properties: ReceivedProperties) -> bool:
        return int(str(properties.headers["webhook-id"])[1:]) % 2 == 0

    async def carry(_: HeldMessage) -> None:
        """Make no copy."""

    async with connected([url], "test") as connection:
        mover = Mover(connection, Pace(1e6), asyncio.Event())
        messages_moved = mover.move(queue_of(app).dead, is_even, carry, 60)
        moved = [message.headers["webhook-id"] async for message in messages_moved]
        async with browsing(connection, queue_of(app).dead) as messages:
            left = [message.headers["webhook-id"] async for message in messages]
    assert sorted(f"w{number}" for number in range(0, 60, 2)) == sorted(moved)
    assert sorted(f"w{number}" for number in range(1, 60, 2)) == sorted(left)


class AnotherLook:
    """A look that holds whatever is or comes ready in a queue."""

    def __init__(self, channel: AbstractChannel, queue: str) -> None:
        self._channel = channel
        self._queue = queue
        self._beginning: asyncio.Task[Any] | None = None

    def begin(self, *_: object) -> None:
        """Begin it, once."""
        if self._beginning is None:
            self._beginning = asyncio.create_task(self._begin())

    async def _begin(self) -> None:
        queue = await self._channel.get_queue(self._queue, ensure=False)
        await queue.consume(self._hold)

    async def _hold(self, _: AbstractIncomingMessage) -> None:
        """Keep it."""

    def ended_before(self, wait: Wait) -> Wait:
        """Return what ends the look, and then waits as it did."""

        async def waits(look: WholeLook) -> None:
            await self._channel.close()
            await wait(look)

        return waits


@asynccontextmanager
async def held_by_another(url: str, queue: str) -> AsyncIterator[AnotherLook]:
    """Yield a look that can begin."""
    async with await aio_pika.connect(url) as connection:
        yield AnotherLook(await connection.channel(), queue)


@pytest.mark.parametrize("in_order", [False, True])
async def test_what_another_look_holds_between_two_windows_is_waited_for_and_moved_once(
    url: str, app: str, amqp: AbstractChannel, monkeypatch: pytest.MonkeyPatch, *, in_order: bool
) -> None:
    await declared(url, app)
    await lay(amqp, app, range(20))
    dead = Source.dead(queue_of(app))
    for module in (move, moving):
        monkeypatch.setattr(module, "WINDOW", 7)
    moved_ones: list[str] = []

    async def carry(letter: Letter, _: HeldMessage) -> None:
        moved_ones.append(letter.id)

    async with connected([url], "test") as connection, held_by_another(url, dead.name) as look:
        monkeypatch.setattr(WholeLook, "wait", look.ended_before(WholeLook.wait))
        under_way = Moving(connection, any_letter, 1e6, asyncio.Event(), carry, in_order=in_order)
        moved = await all_of(under_way, [dead], None, look.begin)

    assert Moved(20) == moved
    assert sorted(f"w{number}" for number in range(20)) == sorted(moved_ones)
    assert 0 == (await ids_in(url, dead.name)).total()
