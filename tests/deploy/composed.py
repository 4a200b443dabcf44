"""deploy/compose.yaml under way, and a worker that `hookline-workers deploy compose` writes."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from runtime.ports import free_ports
from tests.deploy.built import HARDENED, IMAGE
from tests.deploy.containers import Containers
from tests.deploy.roads import PREPARE
from tests.deploy.test_compose import DEPLOY

OF_THEIR_OWN = "docker.io/library/shop:dev"
"""Our image with consumers in it."""
WITH_CONSOLE = "docker.io/library/hookline:console"
"""Our image with what the console needs."""
SHOPS = '[[shops]]\nshop = "nobodys.invalid"\ncredential = "none"\n'
QUEUE = "shop.consumers --consumer abandoned_carts --topic carts/create"
WRITE = f"hookline-workers deploy compose {QUEUE} --image {OF_THEIR_OWN}".split()


class Compose:
    """The whole of compose.yaml on this machine, under a name and at ports of its own."""

    def __init__(self, containers: Containers, engine: str, secrets: Path) -> None:
        self.containers = containers
        self.written = containers.folder / "workers.yaml"
        self.program = containers.folder / "docker-compose"
        self.webhooks, self.prometheus, self.console, rabbitmq = free_ports(4)
        self.secrets = secrets
        self.variables = {
            "DOCKER_HOST": engine,
            "SECRETS_FOLDER": str(secrets),
            "PUBLISH_WEBHOOKS": f"127.0.0.1:{self.webhooks}",
            "PUBLISH_PROMETHEUS": f"127.0.0.1:{self.prometheus}",
            "PUBLISH_RABBITMQ": f"127.0.0.1:{rabbitmq}",
            "PUBLISH_CONSOLE": f"127.0.0.1:{self.console}",
            "IMAGE": WITH_CONSOLE,
            "HOOKLINE_ADDRESS": "https://hooks.example.org/webhooks/spiffy",
            "HOOKLINE_TOPICS": "orders/create",
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


def prepared(containers: Containers, folder: Path) -> Path:
    """Return where the image made the secrets, by the command of the README."""
    inside = folder / "deploy/compose"
    inside.mkdir(parents=True)
    shutil.copy(DEPLOY / "compose/prepare.py", inside)

    podman = ["podman", '"$1"', "--no-healthcheck", *HARDENED, '"${@:2}"']
    docker = f"docker() {{ {' '.join(podman)}; }}"
    containers.run("bash", "-euc", f"cd {folder}\n{docker}\n{PREPARE}")
    secrets = inside / "secrets"
    (secrets / "shops.toml").write_text(SHOPS)
    return secrets


def write_worker(containers: Containers, file: Path) -> str:
    """Have a worker written for a queue, with an image that holds its consumer; return its name."""
    dockerfile = containers.folder / "shop.Dockerfile"
    dockerfile.write_text(f"FROM {IMAGE}\nCOPY shop /app/shop\n")
    containers.build(OF_THEIR_OWN, dockerfile, DEPLOY.parent / "examples")

    run = ["run", "--rm", "--no-healthcheck", *HARDENED, OF_THEIR_OWN, *WRITE]
    file.write_text(containers.podman(*run))
    (name,) = yaml.safe_load(file.read_text())["services"]
    return str(name)
