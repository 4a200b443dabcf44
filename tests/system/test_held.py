"""What ordered partitions hold, as operators see it: a real worker, a real broker."""

import json
from pathlib import Path
from typing import Any

from tests.system.processes import environment, finished, ingress, worker
from tests.system.waiting import until

HERE = Path(__file__).parent / "in_order"
OTHER = "other.spiffystores.com"
PATIENT = ("--consumer", "patient")


async def test_what_is_held_is_told_by_who_has_it_and_by_the_broker_where_nobody_has(
    url: str, app: str
) -> None:
    env = environment(url, APP=app)

    async def told(*line: str, code: int = 0) -> tuple[str, str]:
        found, out, err = await finished("hookline-workers", *line, env=env)
        assert code == found, out + err
        return out, err

    async def row() -> dict[str, Any]:
        out, _ = await told("status", "--json")
        (found,) = json.loads(out)["queues"]
        return dict(found)

    async def holds_all() -> bool:
        return bool(4 == (await row())["held"])

    async with (
        ingress(url, APP=app) as door,
        worker(url, *PATIENT, cwd=HERE, APP=app) as holder,
    ):
        first, *_ = [await door.accepted("carts/update", b"{}", app=app) for _ in range(3)]
        await door.accepted("carts/update", b"{}", app=app, X_Spiffy_Shop_Domain=OTHER)
        await until(holds_all, what="the pulse to tell of four")
        held = await row()
        assert (0, "consuming") == (held["ready"], held["state"])
        assert held["lag_ms"] > 0

        out, _ = await told("waiting", "list", "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        assert [2, 0] == [line["behind"] for line in lines]
        assert (first, "patient", 2) == tuple(
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
