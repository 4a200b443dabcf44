"""Policies: which of them change what our queues promise. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.broker_objects import Topology

HARM = {
    "delayed-retry-type": "what workers hand back waits in the broker",
    "delivery-limit": "what comes back more often is a dead letter",
    "expires": "unused for so many ms, the queue is deleted with all that is in it",
    "max-age": "what operators and workers wrote down is forgotten",
    "max-length": "beyond it webhooks are refused, and retries that fall due are held up",
    "max-length-bytes": "beyond it webhooks are refused, and retries that fall due are held up",
    "message-ttl": "what waits for so many ms is taken out",
}
"""What each key of a policy does to a queue of ours. Other keys are the operator's to choose."""


@dataclass(frozen=True, slots=True)
class Governed:
    """A queue that the broker shows: which policies apply to it, and what they come to."""

    name: str
    policies: tuple[str, ...]
    effective: Mapping[str, Any]


def harmful(whole: Topology, vhost: str, found: Iterable[Governed]) -> list[str]:
    """Say which policies change what our queues promise, and how to keep them off."""
    arguments = {queue.name: queue.arguments for queue in whole.queues}
    lines = []
    for queue in found:
        own = arguments.get(queue.name)
        if own is None:
            continue
        lines += [
            _told(queue, vhost, key, value)
            for key, value in sorted(queue.effective.items())
            if key in HARM and _counts(own.get(f"x-{key}"), value)
        ]
    return lines


def _counts(own: object, value: object) -> bool:
    """Tell whether a policy's value is the one that counts: of two numbers it is the smaller."""
    if isinstance(own, int) and isinstance(value, int):
        return value < own
    return True


def _told(queue: Governed, vhost: str, key: str, value: object) -> str:
    names = " and ".join(queue.policies)
    return (
        f"queue {queue.name}: policy {names} says {key} {value}: {HARM[key]}; take the queue out "
        f"of its pattern (rabbitmqctl list_policies -p {vhost}, list_operator_policies)"
    )
