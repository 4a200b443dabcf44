"""What bounds an ordered partition, met: how long anything waits in memory, how many are held, and
how often a webhook may take its worker along. Real workers, a real broker.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.waiting import until

HERE = Path(__file__).parent / "in_small"
OTHER = "other.spiffystores.com"
TAKES_EFFECT = "takes effect"


async def fire(door: Ingress, app: str, shop: str = "", **asks: Any) -> str:
    """Have a webhook come in that asks its handler for this; return its id."""
    more = {"X_Spiffy_Shop_Domain": shop} if shop else {}
    return await door.accepted("orders/create", json.dumps(asks).encode(), app=app, **more)


def ids(record: Record, who: str) -> list[str]:
    """Return the webhooks of which this was written down, in order."""
    return [line["id"] for line in record.lines(who)]


async def told(url: str, app: str, *line: str) -> Any:
    """Return what a command prints, read as JSON."""
    code, out, err = await finished(
        "hookline-workers", *line, "--json", env=environment(url, APP=app)
    )
    assert 0 == code, out + err
    return json.loads(out)


async def test_what_is_held_for_longer_than_a_channel_may_wait_comes_again_uncounted_in_its_order(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its channel is opened anew again and again, and none of that is taken for a crash."""
    monkeypatch.setenv("SMALL", '{"renew_after": 0.2}')
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=HERE, APP=app) as workers,
    ):
        fired = [await fire(door, app, once=6), await fire(door, app), await fire(door, app)]
        await handled(record, "renews", 8)
        assert fired[:1] == ids(record, "begins")

        fired.append(await fire(door, app))
        await handled(record, TAKES_EFFECT, 4)
        assert fired == ids(record, TAKES_EFFECT)
        assert [1, 2, 1, 1, 1] == [line["attempt"] for line in record.lines("begins")]
        assert [] == workers.events("delivery.aside")
        assert 0 == await workers.stop()


async def test_while_as_many_are_held_as_may_be_nothing_further_begins_and_then_all_goes_on(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMALL", '{"most_held": 3}')
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=HERE, APP=app) as workers,
    ):
        fired = [await fire(door, app, until=".go") for _ in range(3)]

        async def is_full() -> bool:
            (row,) = (await told(url, app, "status"))["queues"]
            return bool(("full", 3) == (row["state"], row["held"]))

        await until(is_full, what="a partition that is full")
        others = await fire(door, app, shop=OTHER)
        fired += [await fire(door, app) for _ in range(20)]
        await until(lambda: waits(url, app), what="the partition to keep what it has")
        assert {fired[0]} == set(ids(record, "begins"))

        record.touch(".go")
        await handled(record, TAKES_EFFECT, 24)
        done = ids(record, TAKES_EFFECT)
        assert (fired, True) == ([one for one in done if one != others], others in done)
        assert 0 == await workers.stop()


async def waits(url: str, app: str) -> bool:
    """Tell whether the broker keeps some of the partition, and `status` says why."""
    status = await told(url, app, "status")
    (row,) = status["queues"]
    sentences = [problem["sentence"] for problem in status["problems"]]
    return bool(row["ready"]) and any("nothing more of it begins" in one for one in sentences)


@pytest.mark.slow("test_crash and test_in_order hold the counting; this starts six workers")
async def test_who_kills_its_worker_again_and_again_is_dead_in_the_end_and_those_behind_it_go_on(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(url, cwd=HERE, APP=app):
            pass
        killer = await fire(door, app, kills=1)
        behind = [await fire(door, app) for _ in range(3)]
        for _ in range(5):
            async with worker(url, cwd=HERE, ready=False, APP=app) as dying:
                assert -9 == await dying.ended()

        async with worker(url, cwd=HERE, APP=app) as last:
            await handled(record, TAKES_EFFECT, 3)
            letter = await told(url, app, "dead-letters", "list")
            assert (killer, "crashed") == (letter["id"], letter["reason"])
            assert 0 == await last.stop()

    assert behind == ids(record, TAKES_EFFECT)
    begun = ids(record, "begins")
    assert [killer] * 5 == [one for one in begun if one == killer]
    assert killer not in begun[begun.index(behind[0]) :]
