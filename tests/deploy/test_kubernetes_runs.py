"""Deployments of ingress and console, run by `podman kube play`: no cluster is to be had here, a
pod is.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.built import IMAGE, SLOW, Container, file_and_folder, taken_in
from tests.deploy.composed import WITH_CONSOLE
from tests.deploy.containers import Containers
from tests.deploy.overlays import Object, named, of_kind
from tests.deploy.roads import BUILD
from tests.deploy.test_kubernetes_optional import MERGED, one
from tests.system.samples import SECRET
from tests.system.test_console import logged_in, users
from tests.system.waiting import until

pytestmark = SLOW

LOOK = """
import json, os
PLACES = "/", "/tmp", "/app", "/var/lib/hookline", "/etc/hookline/app", "/etc/hookline/console"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(status["CapEff"], 16),
    "no_new_privileges": int(status["NoNewPrivs"]),
    "writable": [path for path in PLACES if os.access(path, os.W_OK)],
}))
"""
MAY_NOTHING = {"user": 10001, "capabilities": 0, "no_new_privileges": 1}


def values(name: str, **values: str) -> Object:
    """Return a ConfigMap that stands in for a Secret.

    Podman 4.3 leaves what stands in the files of a Secret encoded; a ConfigMap's files it writes.
    """
    written = {key.replace("_", "-"): value for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": written}


def played(deployment: Object, image: str, **settings: int) -> Object:
    """Return a Deployment as it is rendered, with an image that is here and the host's network.

    The broker here listens on the loopback alone, and other tests have ports of their own.
    """
    found = deepcopy(deployment)
    del found["metadata"]["namespace"]
    pod: dict[str, Any] = found["spec"]["template"]["spec"]
    pod["hostNetwork"] = True
    for volume in pod["volumes"]:
        if "secret" not in volume:
            continue
        asked = volume.pop("secret")
        # `optional`: podman 4.3 falls over where the default is not said.
        volume["configMap"] = {
            "name": asked["secretName"],
            "items": asked["items"],
            "optional": False,
        }

    (container,) = pod["containers"]
    container["image"] = image
    container["imagePullPolicy"] = "Never"
    del container["ports"]
    container["env"] += [
        {"name": f"HOOKLINE_{name}", "value": str(value)} for name, value in settings.items()
    ]
    return found


@contextmanager
def playing(containers: Containers, file: Path, *objects: Object) -> Iterator[None]:
    """Have podman make what a cluster would make of these objects."""
    file.write_text(yaml.safe_dump_all(objects))
    containers.podman("kube", "play", str(file))
    try:
        yield
    finally:
        containers.finished("podman", "kube", "down", str(file))


async def answers(port: int, page: str) -> bool:
    """Tell whether a page of an admin port is answered with 200."""
    url = f"http://127.0.0.1:{port}/{page}"
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@pytest.fixture
async def pod(
    containers: Containers, node: Node, tmp_path: Path
) -> AsyncIterator[tuple[Container, int, int]]:
    """The one container of the ingress's pod, and its ports."""
    port, admin_port = free_ports(2)
    (settings,) = of_kind("plain", "ConfigMap")
    ingress = named("plain", "Deployment")
    with playing(
        containers,
        tmp_path / "ingress.yaml",
        settings,
        values("hookline-app-secrets", secrets=f"current:{SECRET}"),
        values("hookline-broker-ingress", amqp_url=node.start().url()),
        played(ingress, IMAGE, PORT=port, ADMIN_PORT=admin_port),
    ):
        yield Container(containers, "hookline-ingress-pod-0-ingress"), port, admin_port


async def test_the_deployment_takes_webhooks_in_may_nothing_and_ends_in_order(
    pod: tuple[Container, int, int], containers: Containers
) -> None:
    container, port, admin_port = pod
    await until(lambda: answers(admin_port, "readyz"), 60, "the pod is ready")
    await taken_in("spiffy", port, HOOKLINE_SECRETS=SECRET)

    assert MAY_NOTHING | {"writable": []} == look(container)
    assert 0 == await container.stopped()
    assert container.events("ingress.stopped")


async def test_the_consoles_deployment_lets_its_users_in_and_writes_to_its_volumes_alone(
    containers: Containers, node: Node, tmp_path: Path
) -> None:
    containers.build(WITH_CONSOLE, *file_and_folder(BUILD), "--build-arg=LOCK=console")
    port, admin_port = free_ports(2)
    console = one("plain", "console", "Deployment")
    with playing(
        containers,
        tmp_path / "console.yaml",
        one("plain", "console", "ConfigMap"),
        one("plain", "console", "PersistentVolumeClaim"),
        values("hookline-broker-operator", amqp_url=node.start().url()),
        values("hookline-console-users", users=users().replace(",", "\n")),
        played(console, WITH_CONSOLE, CONSOLE_PORT=port, ADMIN_PORT=admin_port),
    ):
        container = Container(containers, "hookline-console-pod-0-console")
        await until(lambda: answers(admin_port, "healthz"), 60, "the pod lives")
        _, prefix = MERGED["console"]
        async with logged_in(f"http://127.0.0.1:{port}{prefix}/", "jane") as session:
            async with session.get("") as answer:
                assert 200 == answer.status

        assert MAY_NOTHING | {"writable": ["/tmp", "/var/lib/hookline"]} == look(container)  # noqa: S108 - a volume of its own
        assert 0 == await container.stopped()
        assert container.events("console.stopped")


def look(container: Container) -> dict[str, Any]:
    """Return what a container may."""
    told = container.containers.podman("exec", container.name, "python3", "-c", LOOK)
    return dict(json.loads(told))
