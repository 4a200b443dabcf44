"""deploy/compose.yaml, brought up, used and taken down, with a worker beside it that
`hookline-workers deploy compose` wrote.

The programs in it are Debian's, in images of the official names (stand_ins.Dockerfile); ours is
built as everywhere. Grafana is left out: there is no package of it.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from schemas.roles import Role, user_name
from tests.deploy.built import BASE, SLOW, Container, file_and_folder, taken_in
from tests.deploy.composed import WITH_CONSOLE, Compose, prepared, write_worker
from tests.deploy.containers import Containers
from tests.deploy.roads import BUILD, UP
from tests.deploy.test_compose import DEPLOY, SERVICES
from tests.system.test_console import logged_in
from tests.system.waiting import until

pytestmark = SLOW

STAND_INS = Path(__file__).parent / "stand_ins.Dockerfile"
STOOD_IN = ("rabbitmq", "haproxy", "prometheus")
READY = "from urllib.request import urlopen; urlopen('http://127.0.0.1:9081/readyz')"
PROFILES = ("--profile=operator", "--profile=console", "--profile=subscriptions")
KEPT_IN = {
    "console": SERVICES["console"]["environment"]["HOOKLINE_CONSOLE_FOLDER"],
    "subscriptions": SERVICES["subscriptions"]["environment"]["HOOKLINE_SIGHTINGS"],
}
BEATS = 2
"""Seconds between health checks, which podman leaves to systemd, and there is none here."""


@pytest.fixture(scope="module")
def compose(containers: Containers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """What brings it up, with every image that it needs."""
    for name in STOOD_IN:
        image = SERVICES[name]["image"]
        options = [f"--target={name}", f"--build-arg=BASE={BASE}"]
        containers.build(image, STAND_INS, STAND_INS.parent, *options)

    containers.build(WITH_CONSOLE, *file_and_folder(BUILD), "--build-arg=LOCK=console")

    plugin = "/packages/usr/libexec/docker/cli-plugins/docker-compose"
    containers.podman("create", "--name=packages", SERVICES["rabbitmq"]["image"])
    containers.podman("cp", f"packages:{plugin}", str(containers.folder))
    containers.podman("rm", "packages")

    with containers.service() as engine:
        yield Compose(containers, engine, prepared(containers, tmp_path_factory.mktemp("prepared")))


@contextmanager
def watched_over(container: Container) -> Iterator[None]:
    """Run a container's health check every few seconds, as an engine does."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(BEATS):
            container.containers.finished("podman", "healthcheck", "run", container.name)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


async def test_it_comes_up_takes_a_webhook_in_and_leaves_nothing_behind(
    containers: Containers, compose: Compose
) -> None:
    alerts = groups_of_alerts()
    other = write_worker(containers, compose.written)
    services = [name for name in [*SERVICES, other] if name not in {"grafana", "operator"}]
    broker = Container(containers, "hookline-rabbitmq-1")
    worker = Container(containers, "hookline-worker-orders-create-1")
    try:
        with watched_over(broker):
            up = UP.removeprefix("docker compose -f deploy/compose.yaml ").split()
            await asyncio.to_thread(compose, *up, "--pull=never", *services)

        signing = {"HOOKLINE_SECRETS_FILE": str(compose.secrets / "webhook_secrets")}
        identity = await taken_in("spiffy", compose.webhooks, **signing)
        await worker.event("delivery.done", id=identity)
        await until(lambda: consumes(containers, f"hookline-{other}-1"), 60, f"{other} consumes")

        await until(lambda: all_seen(compose), 120, "every process and the webhook scraped")
        assert alerts == compose.alerts()
        await shows_its_pages(compose)
        for name, folder in KEPT_IN.items():
            containers.podman("exec", f"hookline-{name}-1", "touch", f"{folder}/kept")
        assert "" == compose("run", "--rm", "-T", "operator")  # no dead letter

        told = containers.podman("exec", broker.name, "rabbitmqctl", "-q", "list_users")
        users = {line.split()[0] for line in told.splitlines()[1:]}
        assert {user_name("spiffy", role) for role in Role} == users  # no guest

        await asyncio.to_thread(compose, *PROFILES, "stop")
        ended = containers.podman("ps", "--all", "--format={{.Names}} {{.ExitCode}}").splitlines()
        assert 13 == len(ended)
        assert [] == [one for one in ended if not one.endswith(" 0")]
    finally:
        await asyncio.to_thread(compose, *PROFILES, "down", "--volumes")

    assert "" == containers.podman("ps", "--all", "--quiet")
    assert "" == containers.podman("volume", "ls", "--quiet")
    networks = containers.podman("network", "ls", "--format={{.Name}}").splitlines()
    assert [] == [name for name in networks if name.startswith("hookline")]


async def shows_its_pages(compose: Compose) -> None:
    """Log in to the console as its operator, and use the pages that need the broker and a file."""
    password = (compose.secrets / "console_password").read_text().strip()
    address = f"http://127.0.0.1:{compose.console}/"
    async with logged_in(address, "admin", password) as session:

        async def overview() -> bool:
            async with session.get("") as answer:
                return "orders/create" in await answer.text()

        await until(overview, what="the console shows the consumers")
        async with session.get("explain") as answer:
            (token, *_) = re.findall(r'name="token" value="([^"]+)"', await answer.text())
        asked = {"token": token, "text": "{}", "signature": "bm9wZQ=="}
        async with session.post("explain", data=asked) as answer:
            assert "What it says" in await answer.text()


def groups_of_alerts() -> set[str]:
    """Return the names of the groups of alerts that are ours."""
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    return {group["name"] for group in alerts["groups"]}


async def consumes(containers: Containers, name: str) -> bool:
    """Tell whether a worker in a container says that it is ready."""
    asked = ["podman", "exec", name, "python3", "-c", READY]
    return (await asyncio.to_thread(containers.finished, *asked)).returncode == 0


async def all_seen(compose: Compose) -> bool:
    """Tell whether Prometheus sees every process of ours, the broker, and one webhook."""
    accepted = "sum(hookline_webhooks_accepted_total)"
    if [({}, 1)] != await asyncio.to_thread(compose.samples, accepted):
        return False

    found = await asyncio.to_thread(compose.samples, "sum by (job) (up)")
    seen = {labels["job"]: value for labels, value in found}
    return seen == {
        "hookline-ingress": 2,
        "hookline-workers": 5,
        "hookline-console": 1,
        "hookline-subscriptions": 1,
        "rabbitmq": 1,
        "rabbitmq-queues": 1,
    }
