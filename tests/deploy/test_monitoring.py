"""A real Prometheus, with our configuration and alerts, asks a real ingress, worker and broker."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

import aiohttp
import pytest
import yaml

from deploy.kubernetes.monitoring.rule import ALERTS
from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.brokers import METRICS, broker_with
from tests.deploy.promtool import promtool
from tests.deploy.queries import asked
from tests.deploy.test_alerts import CONFIG, RULES
from tests.deploy.test_dashboard import PANELS
from tests.system.door import Ingress
from tests.system.pages import page
from tests.system.process import Process
from tests.system.processes import ingress, worker
from tests.system.samples import ORDER
from tests.system.waiting import until

pytestmark = [
    pytest.mark.slow(
        "starts a broker and a Prometheus; test_alerts and test_dashboard guard the files"
    ),
    pytest.mark.xdist_group("monitoring"),
    pytest.mark.skipif(which("prometheus") is None, reason="apt-get install prometheus"),
]

APP = "watched"
CONSUMERS = ("taker", "picky", "third_time_lucky", "in_order")
"""One is content, one makes dead letters, one tries again, one keeps an order."""
RATE = "30s"
"""What stands for Grafana's $__rate_interval."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, int]]:
    """A broker that tells Prometheus how it is, and the port where it does."""
    with broker_with(METRICS, tmp_path_factory.mktemp("watched")) as running:
        yield running


class Prometheus:
    """One under way."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._session = session

    async def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of its API."""
        async with self._session.get(f"{self._url}/api/v1/{path}", params=parameters) as answer:
            told = json.loads(await answer.text())
        assert "success" == told["status"], told
        return told["data"]

    async def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            await self.ask("status/runtimeinfo")
        except (aiohttp.ClientError, ValueError):
            return False
        return True

    async def jobs_up(self) -> set[str]:
        """Return the jobs all of whose targets it could scrape."""
        targets = (await self.ask("targets"))["activeTargets"]
        down = {one["labels"]["job"] for one in targets if one["health"] != "up"}
        return {one["labels"]["job"] for one in targets} - down

    async def firing(self) -> set[str]:
        """Return the alerts that fire."""
        alerts = (await self.ask("alerts"))["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}


@asynccontextmanager
async def prometheus(folder: Path, ports: dict[str, int]) -> AsyncIterator[Prometheus]:
    """Run a Prometheus with our configuration, but for ports and intervals."""
    config = yaml.safe_load(CONFIG.read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(ALERTS)]
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))

    (port,) = free_ports(1)
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with aiohttp.ClientSession() as session:
            running = Prometheus(port, session)
            await until(running.is_up, what="Prometheus answers")
            yield running
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def traffic(door: Ingress) -> AsyncIterator[None]:
    """Post ten webhooks a second, every tenth with a signature that is wrong."""

    async def post() -> None:
        for number in range(3000):
            signature = {"X_Spiffy_Hmac_Sha256": "guessed"} if number % 10 == 0 else {}
            await door.post("orders/create", ORDER, app=APP, **signature)
            await asyncio.sleep(0.1)

    posting = asyncio.create_task(post())
    try:
        yield
    finally:
        posting.cancel()


def admin_port(process: Process) -> int:
    """Return the port of a command's admin pages."""
    (started,) = (one for one in process.logs if str(one.get("event")).endswith(".started"))
    return int(started["admin_port"])


@pytest.fixture
async def watched(
    broker: tuple[Node, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Prometheus, Ingress, Process]]:
    """Prometheus, and an ingress and a worker that have something to do."""
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    node, metrics_port = broker
    url = node.url()
    only = [word for one in CONSUMERS for word in ("--consumer", one)]
    async with ingress(url, APP=APP) as door, worker(url, "contracted", *only, APP=APP) as hands:
        ports = {
            "hookline-ingress": admin_port(door),
            "hookline-workers": admin_port(hands),
            "rabbitmq": metrics_port,
            "rabbitmq-queues": metrics_port,
        }
        async with prometheus(tmp_path, ports) as running, traffic(door):
            yield running, door, hands


async def test_every_panel_shows_something_and_dead_letters_raise_their_alert(
    watched: tuple[Prometheus, Ingress, Process],
) -> None:
    running, *_ = watched
    queries = {
        target["expr"].replace("$__rate_interval", RATE)
        for panel in PANELS
        for target in panel["targets"]
    }

    async def empty() -> list[str]:
        return [
            one for one in sorted(queries) if not (await running.ask("query", query=one))["result"]
        ]

    async def all_show_something() -> bool:
        return not await empty()

    try:
        await until(all_show_something, 90, "a result of every query")
    finally:
        assert [] == await empty()

    assert "HooklineDeadLetters" in await running.firing()
    jobs = {"hookline-ingress", "hookline-workers", "rabbitmq", "rabbitmq-queues"}
    assert jobs == await running.jobs_up()

    rules = (await running.ask("rules"))["groups"]
    assert {"ok"} == {rule["health"] for group in rules for rule in group["rules"]}
    there = set(await running.ask("label/__name__/values"))
    of_the_broker = {
        name
        for query in [rule["expr"] for rule in RULES] + sorted(queries)
        for name in asked(query)
        if name.startswith("rabbitmq_")
    }
    assert set() == of_the_broker - there


async def test_promtool_has_nothing_against_the_metrics_of_either_command(
    watched: tuple[Prometheus, Ingress, Process],
) -> None:
    _, door, hands = watched
    for process in (door, hands):
        _, text = await page(process, "/metrics")
        done = await asyncio.to_thread(promtool, "check", "metrics", given=text)
        assert (0, "") == (done.returncode, done.stderr)
