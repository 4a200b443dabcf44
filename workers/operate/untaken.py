"""Topics that come in and that no consumer takes, from what the ingresses say. Pure."""

from collections.abc import Iterable

from schemas.fleet import Fleet
from schemas.names import WorkQueue
from schemas.topic import BadTopic, Topic


def topics_without_queue(fleet: Fleet, queues: Iterable[WorkQueue]) -> tuple[str, ...]:
    """Return the topics that were accepted lately, and that none of the queues takes."""
    known = tuple(queues)
    doors = [one.last.door for one in fleet.ingresses]
    named = {topic for door in doors if door is not None for topic in door.topics}
    return tuple(sorted(topic for topic in named if not _is_taken(topic, known)))


def _is_taken(name: str, queues: Iterable[WorkQueue]) -> bool:
    try:
        topic = Topic.parse(name)
    except BadTopic:
        return True  # no ingress of ours wrote that
    return any(queue.takes(topic) for queue in queues)
