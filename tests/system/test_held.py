"""What ordered partitions hold, as operators see it: a real worker, a real broker."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aio_pika.abc import AbstractChannel

from tests.system.processes import environment, finished, ingress, worker
from tests.system.waiting import until

HERE = Path(__file__).parent / "in_order"
OTHER = "other.spiffystores.com"
PATIENT = ("--consumer", "patient")


async def ids_in(amqp: AbstractChannel, name: str, count: int) -> list[str]:
    """Return the ids of the webhooks that lie in a queue, in their order."""
    found: list[str] = []
    queue = await amqp.get_queue(name)
    async with asyncio.timeout(10), queue.iterator() as messages:
        async for message in messages:
            found.append(str(message.headers["webhook-id"]))
            if len(found) == count:
                return found
    raise AssertionError


async def test_what_is_held_is_told_by_who_has_it_and_by_the_broker_where_nobody_has(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    """And moved to another consumer in its order."""
    env = environment(url, APP=app)

    async def told(*line: str, code: int = 0) -> tuple[str, str]:
        found, out, err = await finished("hookline-workers", *line, env=env, cwd=HERE)
        assert code == found, out + err
        return out, err

    async def row() -> dict[str, Any]:
        out, _ = await told("status", "--json")
        (found,) = json.loads(out)["queues"]
        return dict(found)

    async def holds_all() -> bool:
        out, _ = await told("waiting", "list", "--json")
        again = [json.loads(line)["attempt"] for line in out.splitlines()]
        return [3, 3] == again and bool(4 == (await row())["held"])

    async with (
        ingress(url, APP=app) as door,
        worker(url, *PATIENT, cwd=HERE, APP=app) as holder,
    ):
        fired = [await door.accepted("carts/update", b"{}", app=app) for _ in range(3)]
        await door.accepted("carts/update", b"{}", app=app, X_Spiffy_Shop_Domain=OTHER)
        await until(holds_all, what="the pulse to tell of four")
        held = await row()
        assert (0, "consuming") == (held["ready"], held["state"])
        assert held["lag_ms"] > 0

        out, _ = await told("waiting", "list", "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        assert [2, 0] == [line["behind"] for line in lines]
        assert (fired[0], "patient", 3) == tuple(
            lines[0][name] for name in ("id", "consumer", "attempt")
        )
        assert "Retry: not today" == lines[0]["error"]
        out, _ = await told("waiting", "list", "--shop", OTHER)
        assert 2 == len(out.splitlines())

        _, err = await told("waiting", "now", *PATIENT, code=2)
        assert "patient: nothing can be moved" in err
        _, err = await told("waiting", "cancel", "--all", code=2)
        assert "patient: nothing can be moved" in err
        assert 0 == await holder.stop()

    async def lies_there() -> bool:
        _, err = await told("waiting", "list")
        return f"4 held of {app}.patient.carts.update.p0, which no worker has" in err

    await until(lies_there, what="the broker to have all of it")
    assert 4 == (await row())["held"]

    out, _ = await told("topology", "retire", "patient", code=2)
    assert f"{app}.patient.carts.update.p0: holds 4 waiting, 0 dead" in out
    await told("topology", "declare", "consumers")
    out, _ = await told("topology", "retire", "patient", "--to", "heir")
    assert f"{app}.patient.carts.update.p0: retired, 4 moved" in out
    moved = await ids_in(amqp, f"{app}.heir.carts.update.p0", 4)
    assert fired == [one for one in moved if one in fired]
