"""What a handler is given, and what it may raise."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.webhook import Webhook

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Delivery(Generic[P]):
    """One handing of a webhook to a consumer. `attempt` counts from 1.

    Delivery is at least once: make the handler idempotent by `webhook.id`.
    """

    webhook: Webhook
    payload: P
    attempt: int = 1


class Retry(Exception):
    """Asks for another attempt: after `after` seconds at the earliest, or when the policy says.

    The policy's stop still ends the attempts; its `retry` is not asked.
    """

    def __init__(self, reason: str = "", *, after: float | None = None) -> None:
        if after is not None and not 0 <= after < float("inf"):
            raise ValueError(f"Retry(after={after}): give seconds, zero or more")
        super().__init__(reason)
        self.after = after


class Reject(Exception):
    """Gives the webhook up at once: it becomes a dead letter with this reason in `webhook-error`."""
