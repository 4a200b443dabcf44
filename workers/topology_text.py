"""An app's topology as text: a tree for people, definitions for RabbitMQ. Pure."""

from typing import Any

from schemas.broker_objects import Topology

_PLAIN = ("x-queue-type", "quorum")
"""The argument that every queue of ours has, which a tree leaves out."""


def tree(whole: Topology) -> str:
    """Return the exchanges, and under each the queues that are bound to it."""
    arguments = {queue.name: queue.arguments for queue in whole.queues}
    lines: list[str] = []
    for exchange in whole.exchanges:
        told = _listed(exchange.arguments)
        lines.append(f"{exchange.name}  ({exchange.type}){told}")

        for binding in whole.bindings:
            if binding.exchange != exchange.name:
                continue
            told = _listed(arguments[binding.queue])
            key = ""
            if binding.routing_key:
                key = f"{binding.routing_key} → "
            lines.append(f"  └─ {key}{binding.queue}{told}")
    return "\n".join(lines)


def definitions(whole: Topology, vhost: str) -> dict[str, Any]:
    """Return RabbitMQ's definitions (`rabbitmqctl import_definitions`); an import never deletes."""
    durable = {"vhost": vhost, "durable": True, "auto_delete": False}
    exchanges = [
        {
            "name": one.name,
            "type": one.type,
            "internal": False,
            "arguments": one.arguments,
            **durable,
        }
        for one in whole.exchanges
    ]
    queues = [{"name": one.name, "arguments": one.arguments, **durable} for one in whole.queues]
    bindings = [
        {
            "source": one.exchange,
            "vhost": vhost,
            "destination": one.queue,
            "destination_type": "queue",
            "routing_key": one.routing_key,
            "arguments": {},
        }
        for one in whole.bindings
    ]
    return {"exchanges": exchanges, "queues": queues, "bindings": bindings}


def _listed(arguments: dict[str, Any]) -> str:
    shown = []
    for name, value in arguments.items():
        if (name, value) != _PLAIN:
            shown.append(f"{name.removeprefix('x-')}={value}")
    if not shown:
        return ""
    together = ", ".join(shown)
    return f"  [{together}]"
