"""An app's topology as resources of RabbitMQ's messaging topology operator. Pure.

Its kinds: https://www.rabbitmq.com/kubernetes/operator/using-topology-operator
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypeAlias

import orjson

from schemas.broker_objects import Binding, Exchange, Queue, Topology

CLUSTER = "hookline-broker"
"""The RabbitmqCluster that `deploy/kubernetes/operators` makes."""
MAX_OBJECT_NAME = 253
"""Characters of an object's name in Kubernetes."""
DIGITS = 8
"""Hex digits of the hash that keeps two shortened names apart."""

Resource: TypeAlias = dict[str, Any]


def resources(whole: Topology, vhost: str, cluster: str = CLUSTER) -> list[Resource]:
    """Return an Exchange, a Queue or a Binding for each thing; the same input, the same output."""
    where = {"vhost": vhost, "rabbitmqClusterReference": {"name": cluster}}
    exchanges = [_exchange(one, where) for one in whole.exchanges]
    queues = [_queue(one, where) for one in whole.queues]
    bindings = [_binding(one, where) for one in whole.bindings]
    return [*exchanges, *queues, *bindings]


def as_list(found: Iterable[Resource]) -> str:
    """Return a List as JSON, a line for each resource, so that a diff names what has changed."""
    lines = [orjson.dumps(one).decode() for one in found]
    items = ",\n".join(lines)
    return f'{{"apiVersion":"v1","kind":"List","items":[\n{items}\n]}}'


def object_name(text: str) -> str:
    """Return the name in Kubernetes of what is called so on the broker.

    A `_`, a character at the wrong place and what is too long give way; then a hash of the whole
    name stands behind it, so that no two names meet.
    """
    words = [re.sub(r"[^a-z0-9]+", "-", word).strip("-") for word in text.split(".")]
    name = ".".join(words)
    if name == text and len(name) <= MAX_OBJECT_NAME:
        return name

    digits = sha256(text.encode()).hexdigest()[:DIGITS]
    beginning = name[: MAX_OBJECT_NAME - DIGITS - 1].rstrip(".-")
    return f"{beginning}-{digits}"


def _exchange(one: Exchange, where: Resource) -> Resource:
    spec: Resource = {"name": one.name, "type": one.type.value, "durable": True}
    if one.arguments:
        spec["arguments"] = one.arguments
    return _resource("Exchange", one.name, spec | where)


def _queue(one: Queue, where: Resource) -> Resource:
    # The operator makes `x-queue-type` of `type`, and compares the two.
    arguments = dict(one.arguments)
    kind = arguments.pop("x-queue-type")
    # By default a queue goes with its resource, and what lies in it with the queue.
    spec = {"name": one.name, "type": kind, "durable": True, "deletionPolicy": "retain"}
    return _resource("Queue", one.name, spec | {"arguments": arguments} | where)


def _binding(one: Binding, where: Resource) -> Resource:
    spec = {
        "source": one.exchange,
        "destination": one.queue,
        "destinationType": "queue",
        "routingKey": one.routing_key,
    }
    name = f"{one.queue}.from.{one.exchange}"
    return _resource("Binding", name, spec | where)


def _resource(kind: str, name: str, spec: Resource) -> Resource:
    return {
        "apiVersion": "rabbitmq.com/v1beta1",
        "kind": kind,
        "metadata": {"name": object_name(name)},
        "spec": spec,
    }
