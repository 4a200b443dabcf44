"""The users and the topology of `deploy/kubernetes/operators` on a real broker.

The operator cannot run here. It makes each resource by a call of the management API (rabbit-hole's
`DeclareQueue` and the like), so the test makes the same calls; then both commands, each as its own
user, must find all as it should be.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from deploy.local.rabbitmq import Node
from tests.deploy.brokers import MANAGEMENT, broker_with
from tests.deploy.overlays import ROOT, Object, of_kind
from tests.faults.kept import is_ready
from tests.system.processes import environment, finished, ingress, started
from tests.system.samples import ORDER
from tests.system.waiting import until

pytestmark = [
    pytest.mark.slow("starts a broker of its own; test_broker_resources guards what is written"),
    pytest.mark.xdist_group("operators"),
]

PASSWORD = "pa55word"
SHOP = ROOT / "examples"


class Management:
    """The management API of a node, as the topology operator speaks to it."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{port}/api"
        self._session = session

    async def call(self, method: str, *words: str, given: Object) -> None:
        """Make a call that must succeed."""
        path = "/".join(quote(word, safe="") for word in words)
        headers = {"Authorization": aiohttp.encode_basic_auth("guest", "guest")}
        url = f"{self._url}/{path}"
        async with self._session.request(method, url, json=given, headers=headers) as answer:
            assert answer.status in (201, 204), await answer.text()

    async def status(self, *words: str, user: str) -> int:
        """Return the status of what a user asks for."""
        path = "/".join(quote(word, safe="") for word in words)
        headers = {"Authorization": aiohttp.encode_basic_auth(user, PASSWORD)}
        async with self._session.get(f"{self._url}/{path}", headers=headers) as answer:
            return answer.status

    async def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            async with self._session.get(self._url):
                return True
        except aiohttp.ClientError:
            return False

    async def make(self, resource: Object) -> None:
        """Make what a resource describes."""
        spec: dict[str, Any] = resource["spec"]
        plain = {"durable": spec.get("durable", False), "auto_delete": False}
        match resource["kind"]:
            case "Exchange":
                given = {"type": spec["type"], "arguments": spec.get("arguments", {})} | plain
                await self.call("PUT", "exchanges", spec["vhost"], spec["name"], given=given)
            case "Queue":
                arguments = spec["arguments"] | {"x-queue-type": spec["type"]}
                given = {"arguments": arguments} | plain
                await self.call("PUT", "queues", spec["vhost"], spec["name"], given=given)
            case "Binding":
                ends = ("e", spec["source"], "q", spec["destination"])
                given = {"routing_key": spec["routingKey"], "arguments": {}}
                await self.call("POST", "bindings", spec["vhost"], *ends, given=given)
            case "User":
                given = {"password": PASSWORD, "tags": ",".join(spec.get("tags", []))}
                await self.call("PUT", "users", resource["metadata"]["name"], given=given)
            case "Permission":
                user = spec["userReference"]["name"]
                await self.call(
                    "PUT", "permissions", spec["vhost"], user, given=spec["permissions"]
                )


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, int]]:
    """A broker with nothing in it, and the port of its management API."""
    with broker_with(MANAGEMENT, tmp_path_factory.mktemp("operators")) as running:
        yield running


@pytest.fixture
def broker(managed: tuple[Node, int]) -> Node:
    """The broker."""
    return managed[0]


@pytest.fixture
async def made(managed: tuple[Node, int]) -> AsyncIterator[Management]:
    """The broker once the operator has made everything."""
    async with aiohttp.ClientSession() as session:
        management = Management(managed[1], session)
        await until(management.is_up, what="the management API answers")
        for kind in ("User", "Permission", "Exchange", "Queue", "Binding"):
            for resource in of_kind("operators", kind):
                await management.make(resource)
        yield management


async def test_both_commands_find_what_the_operator_has_made_to_be_as_it_should_be(
    made: Management, broker: Node
) -> None:
    settings: dict[str, Any] = {"APP": "spiffy", "DECLARE": "verify"}
    urls = {
        role: f"amqp://spiffy-{role}:{PASSWORD}@127.0.0.1:{broker.port}/"
        for role in ("ingress", "worker")
    }
    all_there = ("topology", "verify", "shop.consumers")
    env = environment(broker.url(), APP="spiffy")
    code, told, _ = await finished("hookline-workers", *all_there, env=env, cwd=SHOP)
    assert 0 == code, told

    run = ["hookline-workers", "run", "shop.consumers"]
    env = environment(urls["worker"], SECRETS=None, **settings)
    async with (
        ingress(urls["ingress"], **settings) as door,
        started(run, env=env, cwd=SHOP) as hands,
    ):
        await until(lambda: is_ready(hands), 60, "the worker consumes")
        identity = await door.accepted("orders/create", ORDER, app="spiffy")
        await hands.event("delivery.done", id=identity, consumer="erp")


async def test_who_scales_workers_sees_a_queue_and_no_message_of_it(made: Management) -> None:
    queue = ("queues", "/", "spiffy.erp.orders.create")
    assert 200 == await made.status(*queue, user="spiffy-monitoring")
    assert 401 == await made.status(*queue, user="spiffy-worker")  # no tag: it may not ask at all
