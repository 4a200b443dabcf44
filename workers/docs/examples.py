"""Examples of what a consumer's queue holds: our samples, where its payload type takes them."""

from collections.abc import Iterator
from typing import Any, get_origin

from pydantic import TypeAdapter, ValidationError

from schemas.payloads import PAYLOADS
from schemas.samples import flat_sample
from schemas.topic import Topic, TopicPattern
from workers.handler import bare


def example(topic: TopicPattern, payload: Any) -> tuple[str, Any] | None:
    """Return a topic that the pattern takes and a body of it that fits the payload type; None
    where there is none among our samples.
    """
    adapter = TypeAdapter(payload)
    for name in _topics(topic):
        body = flat_sample(name)
        try:
            adapter.validate_python(body)
        except ValidationError:
            continue
        return name, body
    return None


def wire_type(topic: TopicPattern, payload: Any) -> Any:
    """Return the type of what lies on the queue: where a handler takes bytes or a dict, it is that
    which we know of the topic.
    """
    taken = bare(payload)
    if taken in (bytes, dict, Any) or get_origin(taken) is dict:
        return PAYLOADS.get(topic, dict[str, Any])
    return payload


def _topics(pattern: TopicPattern) -> Iterator[str]:
    for name in PAYLOADS:
        if pattern.matches(Topic.parse(name)):
            yield name
