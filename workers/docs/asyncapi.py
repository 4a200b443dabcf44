"""AsyncAPI 3.0 of an app's consumers: a channel for each queue, and an operation that receives."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from schemas import topology
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from workers.consumer import Consumer
from workers.docs.examples import example, wire_type
from workers.docs.json_schema import Schema, described
from workers.docs.message_headers import MESSAGE_HEADERS
from workers.limits import Limits
from workers.once import Once

VERSION = "3.0.0"
BINDING = "0.3.0"
"""Of AsyncAPI's words for AMQP 0-9-1."""
MESSAGE = "webhook"
"""The name of the one message of each channel, and of what all of them have."""

_NO_OPTIONS = frozenset({"name", "is_async"})

Object: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Owned:
    """A queue, and whose it is."""

    queue: WorkQueue
    topic: TopicPattern
    consumer: Consumer[Any]

    @property
    def payload(self) -> Any:
        """The type of what lies in it."""
        return wire_type(self.topic, self.consumer.payload)


def asyncapi(app: str, consumers: Sequence[Consumer[Any]]) -> Object:
    """Return the document as plain data; the same consumers give the same one."""
    found = [owned for one in consumers for owned in _queues(app, one)]
    queues = {owned.queue.name: owned for owned in sorted(found, key=lambda owned: owned.queue)}

    payloads = {name: owned.payload for name, owned in queues.items()}
    schemas = described(payloads)

    channels = {name: _channel(owned, schemas.by_name[name]) for name, owned in queues.items()}
    operations = {name: _operation(owned) for name, owned in queues.items()}
    components = {
        "schemas": dict(sorted(schemas.definitions.items())),
        "messageTraits": {MESSAGE: {"headers": MESSAGE_HEADERS}},
    }
    return {
        "asyncapi": VERSION,
        "info": _info(app),
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": components,
    }


def _queues(app: str, consumer: Consumer[Any]) -> Iterator[_Owned]:
    topics = {topic.routing_key: topic for topic in consumer.topics}
    for queue in consumer.queues(app):
        yield _Owned(queue, topics[queue.pattern.routing_key], consumer)


def _info(app: str) -> Object:
    return {
        "title": f"Webhooks of {app}",
        "version": f"{topology.VERSION}.0.0",
        "description": (
            "Written by `hookline-workers docs`. A body is the raw bytes that the platform signed: "
            "JSON as described here, or XML of the same names, flat or wrapped in the name of its "
            "kind. The version is that of the queues and headers on the broker."
        ),
    }


def _channel(owned: _Owned, payload: Schema) -> Object:
    name = owned.queue.name
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": name,
        "description": f"Webhooks of {owned.topic} for the consumer {owned.consumer.name}.",
        "messages": {MESSAGE: _message(owned, payload)},
        "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": BINDING}},
    }


def _message(owned: _Owned, payload: Schema) -> Object:
    binding = {} if "*" in owned.topic else {"messageType": str(owned.topic)}
    message: Object = {
        "name": str(owned.topic),
        "title": f"A webhook of {owned.topic}",
        "traits": [{"$ref": f"#/components/messageTraits/{MESSAGE}"}],
        "payload": payload,
        "bindings": {"amqp": binding | {"bindingVersion": BINDING}},
    }

    shown = example(owned.topic, owned.payload)
    if shown is not None:
        topic, body = shown
        message["examples"] = [{"name": topic, "payload": body}]
    return message


def _operation(owned: _Owned) -> Object:
    one = owned.consumer
    channel = f"#/channels/{owned.queue.name}"
    operation: Object = {
        "action": "receive",
        "title": one.name,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{MESSAGE}"}],
        "bindings": {"amqp": {"ack": True, "bindingVersion": BINDING}},
        "x-hookline": _options(one),
    }

    says = _docstring(one.handler)
    if says:
        operation["description"] = says
    return operation


def _options(consumer: Consumer[Any]) -> Object:
    """Return what the consumer's author has chosen, as far as it is plain data."""
    chosen: Object = {"consumer": consumer.name}
    for field in fields(consumer):
        value = getattr(consumer, field.name)
        if isinstance(value, Limits):
            value = str(value) or None
        if isinstance(value, Once):
            value = value.rule
        if field.name not in _NO_OPTIONS and isinstance(value, int | float | str | None):
            chosen[field.name] = value
    return chosen


def _docstring(handler: Any) -> str:
    """Return what the author says of a function; an object's is that of its class, and no help."""
    if not inspect.isroutine(handler):
        return ""
    return inspect.getdoc(handler) or ""
