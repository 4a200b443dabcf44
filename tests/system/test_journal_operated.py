"""The journal as operators use it: seen, and handled again by one consumer alone."""

import json
import signal
from time import time
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from runtime.amqp.link import connected
from schemas import control_records
from schemas.control import ControlState
from schemas.topology import VERSION
from tests.system.broker import control_log, ready
from tests.system.laid import ACKS_UNDER_WAY, AFTER, MANY, ids_in, queue_of
from tests.system.processes import environment, finished, ingress, spawn, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SHOP
from workers.broker import control
from workers.broker.publisher import Publisher

OTHER = "other.spiffystores.com"
HOUR_MS = 3_600_000


def env_of(url: str, app: str) -> dict[str, str]:
    """Return the environment of a command beside an ingress that keeps a journal."""
    return environment(url, APP=app, JOURNAL="1d")


async def declared(url: str, app: str) -> None:
    """Have the app's queues, and its journal, on the broker."""
    env = env_of(url, app)
    done = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert 0 == done[0], done


async def journal(url: str, app: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command on the journal to its end."""
    return await finished("hookline-workers", "journal", *arguments, env=env_of(url, app))


async def places(url: str, app: str, *arguments: str) -> list[str]:
    """Return the ids of what is listed, the oldest first."""
    code, out, err = await journal(url, app, "list", "--json", *arguments)
    assert 0 == code, err
    return [json.loads(line)["id"] for line in out.splitlines()]


def copy(app: str, name: str, **more: Any) -> aio_pika.Message:
    """Return a copy of a webhook, as the ingress makes it."""
    told: dict[str, Any] = {
        "topic": "orders/create",
        "shop": SHOP,
        "received_ms": int(time() * 1000),
    } | more
    return aio_pika.Message(
        b'{"name": "%s"}' % name.encode(),
        headers={
            "webhook-id": name,
            "webhook-shop": told["shop"],
            "webhook-received-ms": told["received_ms"],
            "webhook-attempt": 1,
        },
        content_type="application/json",
        type=told["topic"],
        app_id=app,
        delivery_mode=2,
    )


async def never_to_be_replayed(url: str, app: str, consumer: str) -> None:
    """Have the control log say that the consumer declares so."""
    names = [f"{app}.{consumer}.orders.create"]
    record = control_records.declared(
        ControlState(), names, names, topology=VERSION, by="test", at=int(time() * 1000)
    )
    assert record is not None
    async with connected([url], "test") as connection:
        await control.write(Publisher.on(connection, 10), app, record)


async def test_what_has_come_in_is_found_by_what_was_asked_and_shown_whole(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    code, _, told = await journal(url, app, "list")
    assert (2, True) == (code, "HOOKLINE_JOURNAL=7d" in told)

    await declared(url, app)
    assert [] == await places(url, app)

    now_ms = int(time() * 1000)
    entry = await amqp.get_exchange(f"{app}.in", ensure=False)
    laid: dict[str, dict[str, Any]] = {
        "a": {"received_ms": now_ms - 2 * HOUR_MS},
        "b": {"shop": OTHER, "received_ms": now_ms - HOUR_MS},
        "c": {"topic": "carts/update"},
        "d": {},
    }
    for name, more in laid.items():
        await entry.publish(copy(app, name, **more), "orders.create.7")

    asked: dict[tuple[str, ...], list[str]] = {
        (): ["a", "b", "c", "d"],
        ("--shop", OTHER): ["b"],
        ("--topic", "orders/*", "--since", "90m"): ["b", "d"],
        ("--after", "1", "--limit", "1"): ["c"],
    }
    assert asked == {options: await places(url, app, *options) for options in asked}

    code, out, _ = await journal(url, app, "show", "--id", "b")
    assert 0 == code
    assert f"shop: {OTHER}\n" in out
    assert 'body: {"name": "b"}\n' in out
    assert 1 == (await journal(url, app, "show", "--id", "e"))[0]


async def test_a_replay_goes_to_one_consumer_alone_and_tells_its_handler(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    await declared(url, app)
    async with (
        ingress(url, APP=app, JOURNAL="1d") as door,
        worker(url, "--consumer", "taker", APP=app),
    ):
        first = await door.accepted("orders/create", ORDER, app=app)
        second = await door.accepted("carts/update", ORDER, app=app)
        await handled(record, "taker", 2)

        to_taker = ("replay", "--consumer", "taker", "--since", "1h")
        code, _, told = await journal(url, app, *to_taker, "--dry-run")
        assert (0, "dry run, nothing done: 2 to replay to taker\n") == (code, told)
        code, out, told = await journal(url, app, *to_taker, "--name", "INC-1")
        assert (0, "2 replayed\n") == (code, told)
        assert 3 == len(out.splitlines())

        lines = await handled(record, "taker", 4)
        assert [False, False, True, True] == [line["replayed"] for line in lines]
        assert {first, second} == {line["id"] for line in lines[2:]}
        assert 1 == await ready(amqp, f"{app}.picky.orders.create"), "what came in, and no more"

    state = await control_log(url, app)
    assert state is not None
    log = await finished("hookline-workers", "log", env=env_of(url, app))
    assert "replayed 2 (journal to taker, since " in log[1]
    assert "as INC-1" in log[1]

    await never_to_be_replayed(url, app, "picky")
    to_picky = ("replay", "--consumer", "picky", "--all")
    code, _, told = await journal(url, app, *to_picky)
    assert (2, True) == (code, 'declares replay="never"' in told)
    code, _, told = await journal(url, app, *to_picky, "--force")
    assert (0, True) == (code, f"nobody consumes {app}.picky.orders.create" in told)
    assert 2 == await ready(amqp, f"{app}.picky.orders.create"), "it takes no carts"

    code, _, told = await journal(url, app, "replay", "--consumer", "nobody", "--all")
    assert (2, True) == (code, "nobody: no such queue" in told)
    code, _, told = await journal(url, app, "replay", "--consumer", "taker")
    assert (2, True) == (code, "say what to replay" in told)


async def test_a_replay_that_is_killed_goes_on_behind_the_last_place_that_it_told_and_loses_none(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    entry = await amqp.get_exchange(f"{app}.in", ensure=False)
    names = [f"w{number}" for number in range(MANY)]
    for name in names:
        await entry.publish(copy(app, name), "orders.create.7")

    to_taker = ("journal", "replay", "--consumer", "taker", "--all", "--rate", "100000")
    killed = await spawn("hookline-workers", *to_taker, "--json", env=env_of(url, app))
    assert killed.stdout is not None
    lines = [await killed.stdout.readline() for _ in range(AFTER)]
    killed.send_signal(signal.SIGKILL)
    rest = await killed.stdout.read()
    await killed.wait()
    *_, last = [*lines, *rest.splitlines()]
    place = json.loads(last)["place"]

    on = await finished("hookline-workers", *to_taker, "--after", str(place), env=env_of(url, app))
    assert 0 == on[0], on
    found = await ids_in(url, queue_of(app).name)
    assert set(names) == set(found)
    assert found.total() <= MANY + ACKS_UNDER_WAY
    assert 0 == await ready(amqp, f"{app}.picky.orders.create")
