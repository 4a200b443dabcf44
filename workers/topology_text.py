"""An app's topology as text: a tree for people, definitions for RabbitMQ. Pure."""

from itertools import groupby
from typing import Any

from schemas.broker_objects import Binding, Topology

_PLAIN = ("x-queue-type", "quorum")
"""The argument that every queue of ours has, which a tree leaves out."""


def tree(whole: Topology) -> str:
    """Return the exchanges, and under each what is bound to it."""
    arguments = {queue.name: queue.arguments for queue in whole.queues}
    lines: list[str] = []
    for exchange in whole.exchanges:
        told = _listed(exchange.arguments)
        lines.append(f"{exchange.name}  ({exchange.type}){told}")

        bound = [binding for binding in whole.bindings if binding.exchange == exchange.name]
        for name, together in groupby(bound, _leads_to):
            told = _listed(arguments.get(name, {}))
            key = _key(*together)
            lines.append(f"  └─ {key}{name}{told}")
    return "\n".join(lines)


def _leads_to(binding: Binding) -> str:
    return binding.queue


def _key(first: Binding, *others: Binding) -> str:
    """Return by what something is bound: `orders.create.{3,11,19} → `, nothing by no key."""
    if not first.routing_key:
        return ""
    if not others:
        return f"{first.routing_key} → "

    topic, _, _ = first.routing_key.rpartition(".")
    words = [one.routing_key.rpartition(".")[2] for one in (first, *others)]
    return f"{topic}.{{{','.join(words)}}} → "


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
    bindings: list[dict[str, Any]] = [
        {
            "source": one.exchange,
            "vhost": vhost,
            "destination": one.queue,
            "destination_type": one.kind.value,
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
