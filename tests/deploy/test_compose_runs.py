"""deploy/compose.yaml, brought up, used and taken down, with a worker beside it that
`hookline-workers deploy compose` wrote.

The programs in it are Debian's, in images of the official names (stand_ins.Dockerfile); ours is
built as everywhere. Grafana is left out: there is no package of it.
"""

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from runtime.ports import free_ports
from schemas.roles import Role, user_name
from tests.deploy.built import BASE, HARDENED, IMAGE, SLOW, Container, taken_in
from tests.deploy.containers import Containers
from tests.deploy.test_compose import DEPLOY, SERVICES
from tests.system.waiting import until

pytestmark = SLOW

STAND_INS = Path(__file__).parent / "stand_ins.Dockerfile"
STOOD_IN = ("rabbitmq", "haproxy", "prometheus")
OF_THEIR_OWN = "docker.io/library/shop:dev"
"""Our image with consumers in it."""
QUEUE = "shop.consumers --consumer abandoned_carts --topic carts/create"
WRITE = f"hookline-workers deploy compose {QUEUE} --image {OF_THEIR_OWN}".split()
READY = "from urllib.request import urlopen; urlopen('http://127.0.0.1:9081/readyz')"
BEATS = 2
"""Seconds between health checks, which podman leaves to systemd, and there is none here."""


class Compose:
    """The whole of compose.yaml on this machine, under a name and at ports of its own."""

    def __init__(self, containers: Containers, engine: str, secrets: Path) -> None:
        self.containers = containers
        self.written = containers.folder / "workers.yaml"
        self.program = containers.folder / "docker-compose"
        self.webhooks, self.prometheus, rabbitmq = free_ports(3)
        self.variables = {
            "DOCKER_HOST": engine,
            "SECRETS_FOLDER": str(secrets),
            "PUBLISH_WEBHOOKS": f"127.0.0.1:{self.webhooks}",
            "PUBLISH_PROMETHEUS": f"127.0.0.1:{self.prometheus}",
            "PUBLISH_RABBITMQ": f"127.0.0.1:{rabbitmq}",
        }

    def __call__(self, *arguments: str) -> str:
        """Run `docker compose` with these arguments."""
        set_ = [f"{name}={value}" for name, value in self.variables.items()]
        files = [f"--file={DEPLOY / 'compose.yaml'}", f"--file={self.written}"]
        return self.containers.run("env", *set_, str(self.program), *files, *arguments)

    def asked(self, page: str, **parameters: str) -> dict[str, Any]:
        """Ask its Prometheus."""
        asked = urlencode(parameters)
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/{page}?{asked}"
        with urlopen(url, timeout=10) as answer:
            return dict(json.load(answer)["data"])

    def samples(self, query: str) -> list[tuple[dict[str, str], float]]:
        """Return the labels and the value of each series that a query finds."""
        found = self.asked("query", query=query)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def alerts(self) -> set[str]:
        """Return the names of the groups of alerts that its Prometheus knows."""
        return {one["name"] for one in self.asked("rules")["groups"]}


@pytest.fixture(scope="module")
def compose(containers: Containers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """What brings it up, with every image that it needs."""
    for name in STOOD_IN:
        image = SERVICES[name]["image"]
        options = [f"--target={name}", f"--build-arg=BASE={BASE}"]
        containers.build(image, STAND_INS, STAND_INS.parent, *options)

    plugin = "/packages/usr/libexec/docker/cli-plugins/docker-compose"
    containers.podman("create", "--name=packages", SERVICES["rabbitmq"]["image"])
    containers.podman("cp", f"packages:{plugin}", str(containers.folder))
    containers.podman("rm", "packages")

    with containers.service() as engine:
        yield Compose(containers, engine, prepared(containers, tmp_path_factory.mktemp("prepared")))


def prepared(containers: Containers, folder: Path) -> Path:
    """Return where the image made the secrets, as the head of compose.yaml says."""
    shutil.copy(DEPLOY / "compose/prepare.py", folder)
    make = [f"--volume={folder}:/app/compose", IMAGE, "python3", "compose/prepare.py"]
    user = f"--user={os.getuid()}:{os.getgid()}"
    containers.podman("run", "--rm", "--no-healthcheck", *HARDENED, user, *make)
    return folder / "secrets"


def write_worker(containers: Containers, file: Path) -> str:
    """Have a worker written for a queue, with an image that holds its consumer; return its name."""
    dockerfile = containers.folder / "shop.Dockerfile"
    dockerfile.write_text(f"FROM {IMAGE}\nCOPY shop /app/shop\n")
    containers.build(OF_THEIR_OWN, dockerfile, DEPLOY.parent / "examples")

    run = ["run", "--rm", "--no-healthcheck", *HARDENED, OF_THEIR_OWN, *WRITE]
    file.write_text(containers.podman(*run))
    (name,) = yaml.safe_load(file.read_text())["services"]
    return str(name)


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
            up = ["up", "-d", "--pull=never", *services]
            await asyncio.to_thread(compose, *up)

        secrets = Path(compose.variables["SECRETS_FOLDER"])
        signing = {"HOOKLINE_SECRETS_FILE": str(secrets / "webhook_secrets")}
        identity = await taken_in("spiffy", compose.webhooks, **signing)
        await worker.event("delivery.done", id=identity)
        await until(lambda: consumes(containers, f"hookline-{other}-1"), 60, f"{other} consumes")

        await until(lambda: all_seen(compose), 120, "every process and the webhook scraped")
        assert alerts == compose.alerts()
        assert "" == compose("run", "--rm", "-T", "operator")  # no dead letter

        told = containers.podman("exec", broker.name, "rabbitmqctl", "-q", "list_users")
        users = {line.split()[0] for line in told.splitlines()[1:]}
        assert {user_name("spiffy", role) for role in Role} == users  # no guest

        await asyncio.to_thread(compose, "stop")
        ended = containers.podman("ps", "--all", "--format={{.Names}} {{.ExitCode}}").splitlines()
        assert 11 == len(ended)
        assert [] == [one for one in ended if not one.endswith(" 0")]
    finally:
        await asyncio.to_thread(compose, "--profile=operator", "down", "--volumes")

    assert "" == containers.podman("ps", "--all", "--quiet")
    assert "" == containers.podman("volume", "ls", "--quiet")
    networks = containers.podman("network", "ls", "--format={{.Name}}").splitlines()
    assert [] == [name for name in networks if name.startswith("hookline")]


def groups_of_alerts() -> set[str]:
    """Return the names of the groups of alerts that are ours."""
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    return {group["name"] for group in alerts["groups"]}


async def consumes(containers: Containers, name: str) -> bool:
    """Tell whether a worker in a container says that it is ready."""
    asked = ["podman", "exec", name, "python3", "-c", READY]
    return (await asyncio.to_thread(containers.finished, *asked)).returncode == 0


async def all_seen(compose: Compose) -> bool:
    """Tell whether Prometheus sees two ingresses, five workers, the broker, and one webhook."""
    accepted = "sum(hookline_webhooks_accepted_total)"
    if [({}, 1)] != await asyncio.to_thread(compose.samples, accepted):
        return False

    found = await asyncio.to_thread(compose.samples, "sum by (job) (up)")
    seen = {labels["job"]: value for labels, value in found}
    return seen == {
        "hookline-ingress": 2,
        "hookline-workers": 5,
        "rabbitmq": 1,
        "rabbitmq-queues": 1,
    }
