"""Which work queues an operator means. Pure."""

from schemas.control import ControlState
from schemas.in_use import queues_in_use
from schemas.names import ANY, WorkQueue


class UnknownTarget(ValueError):
    """No such consumer or topic; the message says which there are."""


def queues_meant(
    state: ControlState, app: str, consumer: str, topic: str | None
) -> list[WorkQueue]:
    """Return a consumer's queues, or its queue of this topic; raises UnknownTarget.

    The topic is written as the consumer names it (`orders/create`, `orders/*`), with slash or dot:
    to mean a whole pattern's queue by one of its topics would mean more than is said.
    """
    known = sorted(queue for queue in queues_in_use(state) if queue.app == app)
    meant = [queue for queue in known if queue.consumer == consumer]
    if topic is not None:
        name = topic_name(topic)
        meant = [queue for queue in meant if queue.topic == name]
    if meant:
        return meant

    asked = consumer
    if topic is not None:
        asked = f"{consumer} --topic {topic}"
    wholes = sorted({queue.whole for queue in known})
    there = ", ".join(f"{one.consumer} {one.pattern.slashed}" for one in wholes) or "none yet"
    raise UnknownTarget(f"{asked}: no such queue; consumers and topics of the app: {there}")


def topic_name(topic: str | None) -> str:
    """Return a topic as it stands in queues' names; the empty text where none is given."""
    if topic is None:
        return ""
    dotted = topic.replace("/", ".")
    return dotted.replace("*", ANY)
