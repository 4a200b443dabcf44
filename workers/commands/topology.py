"""`hookline-workers topology` and `check`: show, declare, verify, export."""

from collections.abc import Iterable
from typing import Any

import orjson

from schemas.topology import Topology, WorkQueue, topology
from workers.broker.declare import TopologyDiffersError, declare, verify
from workers.broker.link import connected
from workers.settings import Settings


async def run(action: str, settings: Settings, queues: Iterable[WorkQueue]) -> int:
    """Do the action for the app's whole topology with these queues; return the exit code."""
    whole = topology(settings.app, queues)
    if action == "show":
        print(tree(whole))
        return 0
    if action == "export":
        print(orjson.dumps(definitions(whole, settings.vhost), option=orjson.OPT_INDENT_2).decode())
        return 0
    async with connected(settings.amqp_url, "topology") as connection:
        try:
            await (declare if action == "declare" else verify)(connection, whole)
        except TopologyDiffersError as error:
            print(f"differs:\n{error}")
            return 1
    print(f"{len(whole.exchanges)} exchanges and {len(whole.queues)} queues are as they should be")
    return 0


def tree(whole: Topology) -> str:
    """Draw it: each exchange, and under it the queues bound to it with key and arguments."""
    arguments = {queue.name: queue.arguments for queue in whole.queues}
    lines = []
    for exchange in whole.exchanges:
        lines.append(f"{exchange.name}  ({exchange.type}){_listed(exchange.arguments)}")
        for binding in (one for one in whole.bindings if one.exchange == exchange.name):
            key = f"{binding.routing_key} → " if binding.routing_key else ""
            lines.append(f"  └─ {key}{binding.queue}{_listed(arguments[binding.queue])}")
    return "\n".join(lines)


def definitions(whole: Topology, vhost: str) -> dict[str, Any]:
    """Return RabbitMQ's definitions (`rabbitmqctl import_definitions`); an import never deletes."""
    durable = {"vhost": vhost, "durable": True, "auto_delete": False}
    return {
        "exchanges": [
            {"name": one.name, "type": one.type, "internal": False, "arguments": one.arguments, **durable}
            for one in whole.exchanges
        ],
        "queues": [{"name": one.name, "arguments": one.arguments, **durable} for one in whole.queues],
        "bindings": [
            {
                "source": one.exchange,
                "vhost": vhost,
                "destination": one.queue,
                "destination_type": "queue",
                "routing_key": one.routing_key,
                "arguments": {},
            }
            for one in whole.bindings
        ],
    }


def _listed(arguments: dict[str, Any]) -> str:
    shown = [f"{name.removeprefix('x-')}={value}" for name, value in arguments.items() if name != "x-queue-type"]
    return f"  [{', '.join(shown)}]" if shown else ""
