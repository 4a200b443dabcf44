"""Scaling in under load re-runs nothing.

No cluster runs here: processes stand in place of pods, and a loop does what KEDA and the
HorizontalPodAutoscaler do. All else is real: what is rendered, the broker and its management API,
the ingress, the workers, the signals and the grace period.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml
import yarl

from deploy.local.rabbitmq import Node
from tests.deploy.autoscaler import Autoscaler
from tests.deploy.brokers import MANAGEMENT, broker_with
from tests.deploy.pods import HERE, Pods
from tests.faults.kept import is_ready
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress
from tests.system.waiting import until

APP = "scaled"
DRAIN = "2"
"""Seconds: HOOKLINE_DRAIN_TIMEOUT where it is rendered, of itself too short for these handlers."""
SECONDS = (0.2, 8, 1, 3, 0.5, 6)
"""That handlers take, in turn: 3.1 on average."""
LOAD = ((10, 1), (25, 6), (30, 2), (20, 6), (30, 2))
"""So many seconds with so many webhooks a second: a load that rises and falls, twice."""
MOST = 5
WINDOW = 4.0
PERIOD = 3.0
"""In place of 300 s and of the grace period: more often, so harder, and within a test's time."""

TABLE = [
    # workers, messages and how many workers there are to be
    ("more wait than they are for", 1, 17, 5),
    ("all are busy, and nothing waits", 4, 16, 4),
    ("a few more than they are for", 4, 17, 4),
    ("nothing is left", 3, 0, 2),
    ("more than may be", 4, 400, 6),
    ("by four at a time", 1, 400, 5),
]


@pytest.mark.parametrize(
    ("workers", "messages", "desired"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_loop_wants_as_many_as_kubernetes_would(
    workers: int, messages: int, desired: int
) -> None:
    scaler = Autoscaler(value=4, fewest=1, most=6, window=0, period=0)
    assert desired == scaler.desired(100.0, workers, messages)


def test_the_loop_waits_for_the_window_and_lets_them_go_one_by_one() -> None:
    scaler = Autoscaler(value=4, fewest=1, most=6, window=10, period=5)
    assert 4 == scaler.desired(0.0, 4, 16)
    assert [4, 4] == [scaler.desired(at, 4, 0) for at in (1.0, 10.0)], "16 is in the window"
    assert 3 == scaler.desired(11.0, 4, 0)
    assert [3, 3] == [scaler.desired(at, 3, 0) for at in (12.0, 15.0)], "one has just gone"
    assert 2 == scaler.desired(16.1, 3, 0)
    assert 5 == scaler.desired(17.0, 2, 20), "more come at once"


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[tuple[Node, str]]:
    """A private RabbitMQ with the management API that KEDA asks, and that API's address."""
    with broker_with(MANAGEMENT, tmp_path / "rabbitmq") as (node, port):
        yield node, f"http://127.0.0.1:{port}/"


@pytest.fixture
async def door(managed: tuple[Node, str]) -> AsyncIterator[Ingress]:
    """An ingress."""
    async with ingress(managed[0].url(), APP=APP) as process:
        yield process


@pytest.fixture
async def rendered(managed: tuple[Node, str]) -> dict[str, dict[str, Any]]:
    """What `deploy kubernetes` prints for the one consumer, by kind."""
    env = environment("", AMQP_URL=None, SECRETS=None, APP=APP, DRAIN_TIMEOUT=DRAIN)
    chosen = ("scaled_consumers", "--management", managed[1])
    code, out, err = await finished(
        "hookline-workers", "deploy", "kubernetes", *chosen, env=env, cwd=HERE
    )
    assert (0, "") == (code, err)
    return {one["kind"]: one for one in yaml.safe_load_all(out) if one is not None}


@pytest.fixture
async def pods(
    managed: tuple[Node, str], rendered: dict[str, dict[str, Any]], tmp_path: Path
) -> AsyncIterator[Pods]:
    """The pods of its Deployment: one, as a Deployment without replicas has."""
    (tmp_path / "amqp-url").write_text(managed[0].url())
    pods = Pods(rendered["Deployment"], tmp_path / "amqp-url", tmp_path / "book")
    await pods.scale(1)
    try:
        await until(lambda: is_ready(pods.running[0]), 60, "the first worker consumes")
        yield pods
    finally:
        pods.kill()


class Keda:
    """Asks what the rendered trigger says, as KEDA's scaler does, and scales by the answer."""

    def __init__(self, scaled_object: dict[str, Any], pods: Pods) -> None:
        (trigger,) = scaled_object["spec"]["triggers"]
        self._told = trigger["metadata"]
        self._pods = pods
        self._scaler = Autoscaler(
            value=int(self._told["value"]),
            fewest=scaled_object["spec"]["minReplicaCount"],
            most=MOST,
            window=WINDOW,
            period=PERIOD,
        )
        self.asked_for = Counter[int]()

    async def run(self) -> None:
        """Look each second, and scale; until it is cancelled."""
        loop = asyncio.get_running_loop()
        login = {"Authorization": aiohttp.encode_basic_auth("guest", "guest")}
        async with aiohttp.ClientSession(headers=login) as session:
            while True:
                messages = await self._messages(session)
                current = len(self._pods.running)
                desired = self._scaler.desired(loop.time(), current, messages)
                self.asked_for[desired] += 1
                await self._pods.scale(desired)
                await asyncio.sleep(1)

    async def _messages(self, session: aiohttp.ClientSession) -> int:
        name = quote(self._told["queueName"], safe="")
        url = f"{self._told['host']}api/queues/%2F/{name}"
        async with session.get(yarl.URL(url, encoded=True)) as answer:
            if answer.status != 200:
                return 0
            queue = await answer.json()

        count = "messages"
        if self._told["excludeUnacknowledged"] == "true":
            count = "messages_ready"
        # A new queue has no count for some seconds, which KEDA reads as 0.
        return int(queue.get(count, 0))


async def fired(door: Ingress) -> list[str]:
    """Fire the load, and return the ids of what was taken in, which is all of it."""
    loop = asyncio.get_running_loop()
    takes = cycle(SECONDS)
    firing: list[asyncio.Task[str]] = []
    for seconds, rate in LOAD:
        begun = loop.time()
        for number in range(seconds * rate):
            await asyncio.sleep(begun + number / rate - loop.time())
            body = json.dumps({"seconds": next(takes), "number": len(firing)}).encode()
            firing.append(asyncio.create_task(door.accepted("orders/create", body, app=APP)))
    return await asyncio.gather(*firing)


def counted(book: Path, what: str) -> Counter[str]:
    """Return how often each webhook was begun, or ended."""
    lines = [line.split() for line in book.read_text().splitlines()]
    return Counter(identity for said, identity, _ in lines if said == what)


@pytest.mark.slow("two minutes of load")
@pytest.mark.timeout(300)
async def test_scaling_in_under_load_runs_nothing_twice_loses_nothing_and_kills_nobody(
    door: Ingress, rendered: dict[str, dict[str, Any]], pods: Pods, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    keda = Keda(rendered["ScaledObject"], pods)
    scaling = asyncio.create_task(keda.run())
    firing = asyncio.create_task(fired(door))
    try:
        await asyncio.wait([scaling, firing], return_when=asyncio.FIRST_COMPLETED)
        assert not scaling.done(), scaling.exception()
        accepted = await firing

        async def all_ended() -> bool:
            return set(accepted) == set(counted(book, "ended"))

        await until(all_ended, 60, "everything is handled")
    finally:
        scaling.cancel()
        firing.cancel()
        await asyncio.gather(scaling, firing, return_exceptions=True)
    await pods.all_ended()

    once = Counter(accepted)
    assert once == counted(book, "begun")
    assert once == counted(book, "ended")
    assert (0, {0}) == (pods.killed, set(pods.ended))

    sys.stderr.write(
        f"{len(accepted)} webhooks, up to {pods.most} workers, {len(pods.busy_when_told)} told to "
        f"end with {pods.busy_when_told} handlers under way; seconds a size was asked for: "
        f"{dict(sorted(keda.asked_for.items()))}\n"
    )
    scaled_in_busy = [running for running in pods.busy_when_told if running]
    assert pods.most >= 4, f"the load has raised them: {keda.asked_for}"
    assert len(scaled_in_busy) >= 3, f"busy workers were told to end: {pods.busy_when_told}"
