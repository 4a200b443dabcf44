"""What one process shows of depths, by its share; only the broker is fake."""

import asyncio
from collections.abc import Iterator
from time import time
from typing import Any, cast

import pytest
from prometheus_client import Gauge

from runtime.amqp import pulses
from schemas.fleet import Fleet
from schemas.names import WorkQueue
from schemas.queue_now import QueueNow
from tests.runtime.amqp.test_pulses import NOW, streaming
from workers.broker import counting as counting_module
from workers.broker import depths as module
from workers.broker.counting import Counting, Share
from workers.broker.depths import EVERY, Depths
from workers.broker.standing import MayNotAsk, Standing
from workers.telemetry import DEAD_LETTERS, LAG, QUEUE_READY, WAITING

OWN = WorkQueue("app", "erp", "orders.create")
OTHER = WorkQueue("app", "mail", "orders._any")
GAUGES = (LAG, QUEUE_READY, DEAD_LETTERS, WAITING)


async def never() -> Any:
    """Give no connection: nobody needs one."""
    raise AssertionError


class Broker:
    """Answers how queues stand, and whose share is what."""

    def __init__(self) -> None:
        self.share = Share.ALL
        self.lying = {OWN.name: 2, OWN.dead: 1, OTHER.name: 0, "app.retry.5s": 4}
        self.closed_to_us: set[str] = set()
        self.asked: list[str] = []

    async def standing(self, _: Any, queue: str) -> Standing | None:
        """Return how a queue stands."""
        self.asked.append(queue)
        if queue in self.closed_to_us:
            raise MayNotAsk(queue)
        if queue not in self.lying:
            return None
        return Standing(self.lying[queue], 0)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker, and no depths of other tests."""
    faked = Broker()

    async def share(_: Counting) -> Share:
        return faked.share

    async def hear(*_: Any) -> Fleet:
        return Fleet()

    monkeypatch.setattr(module, "standing", faked.standing)
    monkeypatch.setattr(module, "hear", hear)
    monkeypatch.setattr(Counting, "share", share)
    yield faked
    for gauge in GAUGES:
        gauge.clear()


def shown(gauge: Gauge) -> dict[tuple[str, ...], float]:
    """Return what a gauge shows, by its labels."""
    (family,) = gauge.collect()
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def depths() -> Depths:
    """Return what runs one of the two queues that there are."""
    return Depths("app", lambda: [OWN], lambda: {OWN, OTHER}, never)


ERP = ("app", "erp", "orders/create", "")
MAIL = ("app", "mail", "orders/*", "")


async def test_who_counts_for_all_shows_every_queue_and_the_ladder(broker: Broker) -> None:
    await depths().look()
    assert {ERP: 2, MAIL: 0} == shown(QUEUE_READY)
    assert {ERP: 1} == shown(DEAD_LETTERS)
    assert {("app", "5s"): 4} == shown(WAITING)
    assert {ERP: 0, MAIL: 0} == shown(LAG)


async def test_of_an_ordered_partition_what_is_held_counts_too(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody has it, as what waits for a worker; its lag is told where nothing is ready."""
    part = WorkQueue("app", "erp", "orders.create", 3, 8, ordered=True)
    now = QueueNow(held_ms=int(time() * 1000) - 3_600_000)

    async def hear(*_: Any) -> Fleet:
        return Fleet(queues={part.name: now})

    monkeypatch.setattr(module, "hear", hear)
    broker.lying = {part.name: 0, f"{part.name}.held": 7}
    one = Depths("app", lambda: [part], lambda: {part}, never)
    await one.look()
    labels = ("app", "erp", "orders/create", "p3")
    assert {labels: 7} == shown(QUEUE_READY)

    broker.lying[f"{part.name}.held"] = 0
    await one.look()
    assert {labels: 0} == shown(QUEUE_READY)
    assert 3_600 <= shown(LAG)[labels] < 3_700


async def test_who_loses_the_part_shows_nothing_any_more(broker: Broker) -> None:
    one = depths()
    await one.look()
    broker.share = Share.NOTHING
    await one.look()
    assert [{}] * 4 == [shown(gauge) for gauge in GAUGES]


async def test_a_queue_that_is_gone_is_not_shown_any_more(broker: Broker) -> None:
    one = depths()
    await one.look()
    del broker.lying[OWN.name]
    await one.look()
    assert {MAIL: 0} == shown(QUEUE_READY)


async def test_where_no_pulse_tells_who_counts_each_counts_its_own_and_more_rarely(
    broker: Broker,
) -> None:
    broker.share = Share.OWN
    queues = [WorkQueue("app", f"c{number}", "orders.create") for number in range(200)]
    one = Depths("app", lambda: queues, lambda: {OTHER}, never)
    await one.look()
    assert 400 == len(broker.asked)
    assert OTHER.name not in broker.asked
    assert {} == shown(WAITING)
    assert 200 == one._pause
    broker.share = Share.NOTHING
    await one.look()
    assert EVERY == one._pause


async def test_what_is_missing_or_closed_to_us_is_not_asked_for_at_every_look(
    broker: Broker,
) -> None:
    broker.closed_to_us.add(OWN.dead)
    one = depths()
    await one.look()
    broker.asked.clear()
    await one.look()
    assert {OWN.name, OTHER.name, "app.retry.5s"} == set(broker.asked)


async def test_after_a_failed_look_nothing_is_shown(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", 0)
    one = depths()
    await one.look()

    async def lost(_: Depths) -> None:
        failed.set()
        raise ConnectionError

    failed = asyncio.Event()
    monkeypatch.setattr(Depths, "look", lost)
    declared = asyncio.Event()
    declared.set()
    keeping = asyncio.create_task(one.keep(declared))
    await failed.wait()
    await asyncio.sleep(0)
    assert {} == shown(QUEUE_READY)
    keeping.cancel()


@pytest.mark.parametrize(
    ("process", "times", "share"),
    [
        ("process 0", (NOW, NOW), Share.ALL),
        ("process 1", (NOW, NOW), Share.NOTHING),
        ("process 1", (NOW - 15_001, NOW), Share.ALL),
        ("process 1", (NOW - 15_001, NOW - 15_001), Share.OWN),
        ("process 9", (), Share.OWN),
    ],
    ids=["lowest", "not lowest", "the lowest died", "nobody beats", "an empty pulse"],
)
async def test_the_share_follows_from_the_pulse(
    monkeypatch: pytest.MonkeyPatch, process: str, times: tuple[int, ...], share: Share
) -> None:
    stream = streaming(monkeypatch, *times)
    assert share is await counting(monkeypatch, stream, process).share()


async def test_a_pulse_that_cannot_be_read_is_not_tried_at_every_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def none_there(*_: Any) -> Any:
        tried.append(1)
        raise pulses.NoPulse

    one = counting(monkeypatch, None, "process 1")
    monkeypatch.setattr(pulses, "heads", none_there)
    assert [Share.OWN] * 2 == [await one.share(), await one.share()]
    assert [1] == tried


def counting(monkeypatch: pytest.MonkeyPatch, stream: Any, process: str) -> Counting:
    """Return what reads this stream."""
    monkeypatch.setattr(counting_module, "time", lambda: NOW / 1000)
    one = Counting("app", never, process)

    async def get() -> Any:
        return stream

    cast("Any", one)._channel.get = get
    return one
