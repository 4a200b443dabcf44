"""An app's topology and users as resources of RabbitMQ's messaging topology operator. Pure.

Its kinds: https://www.rabbitmq.com/kubernetes/operator/using-topology-operator
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeAlias

import orjson

from schemas.broker_objects import Binding, Exchange, Queue, Topology
from schemas.roles import Role, permissions, tags, user_name
from workers.deployment.cluster import BROKER, login_secret
from workers.deployment.short_name import marked

MAX_OBJECT_NAME = 253
"""Characters of an object's name in Kubernetes."""

Resource: TypeAlias = dict[str, Any]


def resources(whole: Topology, vhost: str, cluster: str = BROKER) -> list[Resource]:
    """Return an Exchange, a Queue or a Binding for each thing; the same input, the same output."""
    where = {"vhost": vhost, "rabbitmqClusterReference": {"name": cluster}}
    exchanges = [_exchange(one, where) for one in whole.exchanges]
    queues = [_queue(one, where) for one in whole.queues]
    ends = Counter((one.exchange, one.queue) for one in whole.bindings)
    bindings = [
        _binding(one, where, is_one_of_many=ends[one.exchange, one.queue] > 1)
        for one in whole.bindings
    ]
    return [*exchanges, *queues, *bindings]


def users(app: str, vhost: str, cluster: str = BROKER) -> list[Resource]:
    """Return the virtual host, a User for each role, and what each may do there.

    Name and password stand in the role's Secret, which the operator reads.
    """
    broker = {"rabbitmqClusterReference": {"name": cluster}}
    found: list[Resource] = []
    if vhost != "/":  # which each broker has
        kept = {"name": vhost, "deletionPolicy": "retain"}
        found.append(_resource("Vhost", f"{app}.vhost", kept | broker))

    for role in Role:
        name = user_name(app, role)
        user: Resource = {"importCredentialsSecret": {"name": login_secret(role)}}
        if tags(role):
            user["tags"] = list(tags(role))
        found.append(_resource("User", name, user | broker))

        allowed = {
            "vhost": vhost,
            "userReference": {"name": object_name(name)},
            "permissions": permissions(app, role)._asdict(),
        }
        found.append(_resource("Permission", name, allowed | broker))
    return found


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

    return marked(name, text, MAX_OBJECT_NAME)


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


def _binding(one: Binding, where: Resource, *, is_one_of_many: bool) -> Resource:
    """Return a binding, called by its ends; by its key too where others have the same ends."""
    spec = {
        "source": one.exchange,
        "destination": one.queue,
        "destinationType": one.kind.value,
        "routingKey": one.routing_key,
    }
    name = f"{one.queue}.from.{one.exchange}"
    if is_one_of_many:
        name = f"{name}.by.{one.routing_key}"
    return _resource("Binding", name, spec | where)


def _resource(kind: str, name: str, spec: Resource) -> Resource:
    return {
        "apiVersion": "rabbitmq.com/v1beta1",
        "kind": kind,
        "metadata": {"name": object_name(name)},
        "spec": spec,
    }
