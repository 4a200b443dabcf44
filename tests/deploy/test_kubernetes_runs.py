"""The ingress's Deployment, run by `podman kube play`: no cluster is to be had here, a pod is."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.built import IMAGE, SLOW, Container, taken_in
from tests.deploy.containers import Containers
from tests.deploy.overlays import Object, named, of_kind
from tests.system.samples import SECRET
from tests.system.waiting import until

pytestmark = SLOW

LOOK = """
import json, os
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(status["CapEff"], 16),
    "no_new_privileges": int(status["NoNewPrivs"]),
    "writable": [path for path in ("/", "/tmp", "/etc/hookline/app") if os.access(path, os.W_OK)],
}))
"""


def values(name: str, **values: str) -> Object:
    """Return a ConfigMap that stands in for a Secret.

    Podman 4.3 leaves what stands in the files of a Secret encoded; a ConfigMap's files it writes.
    """
    written = {key.replace("_", "-"): value for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": written}


def deployment(port: int, admin_port: int) -> Object:
    """Return the Deployment as it is rendered, with an image that is here and the host's network.

    The broker here listens on the loopback alone, and other tests have ports of their own.
    """
    found = deepcopy(named("plain", "Deployment"))
    del found["metadata"]["namespace"]
    pod: dict[str, Any] = found["spec"]["template"]["spec"]
    pod["hostNetwork"] = True
    for volume in pod["volumes"]:
        asked = volume.pop("secret")
        # `optional`: podman 4.3 falls over where the default is not said.
        volume["configMap"] = {
            "name": asked["secretName"],
            "items": asked["items"],
            "optional": False,
        }

    (container,) = pod["containers"]
    container["image"] = IMAGE
    container["imagePullPolicy"] = "Never"
    del container["ports"]
    container["env"] += [
        {"name": "HOOKLINE_PORT", "value": str(port)},
        {"name": "HOOKLINE_ADMIN_PORT", "value": str(admin_port)},
    ]
    return found


@pytest.fixture
async def pod(
    containers: Containers, node: Node, tmp_path: Path
) -> AsyncIterator[tuple[Container, int, int]]:
    """The one container of the ingress's pod, and its ports."""
    port, admin_port = free_ports(2)
    (settings,) = of_kind("plain", "ConfigMap")
    objects = [
        settings,
        values("hookline-app-secrets", secrets=f"current:{SECRET}"),
        values("hookline-broker-ingress", amqp_url=node.start().url()),
        deployment(port, admin_port),
    ]
    file = tmp_path / "ingress.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    containers.podman("kube", "play", str(file))
    try:
        yield Container(containers, "hookline-ingress-pod-0-ingress"), port, admin_port
    finally:
        containers.finished("podman", "kube", "down", str(file))


async def test_the_deployment_takes_webhooks_in_may_nothing_and_ends_in_order(
    pod: tuple[Container, int, int], containers: Containers
) -> None:
    container, port, admin_port = pod

    async def is_ready() -> bool:
        url = f"http://127.0.0.1:{admin_port}/readyz"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    await until(is_ready, 60, "the pod is ready")
    await taken_in("spiffy", port, HOOKLINE_SECRETS=SECRET)

    seen = json.loads(containers.podman("exec", container.name, "python3", "-c", LOOK))
    assert {"user": 10001, "capabilities": 0, "no_new_privileges": 1, "writable": []} == seen
    assert 0 == await container.stopped()
    assert container.events("ingress.stopped")
