"""What a scenario shows: attempts that were made, what waits, what is dead."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter, Reason
from schemas.webhook import Webhook
from workers.outcome import Outcome
from workers.testing.message import Message


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a handler: which consumer's, the how manieth, what it came to, and when it ended.

    `outcome` is None where the worker died under it.
    """

    consumer: str
    webhook: Webhook
    number: int
    outcome: Outcome | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be attempted again, from `due` on; `attempt` is the number that it will have."""

    consumer: str
    webhook: Webhook
    attempt: int
    due: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A webhook that a consumer has given up on. `died` has all that its headers say."""

    webhook: Webhook
    died: DeadLetter
    number: int = field(default=0, repr=False, compare=False)

    @property
    def consumer(self) -> str:
        """Whose it is."""
        return self.died.consumer

    @property
    def reason(self) -> Reason:
        """Why it is dead."""
        return self.died.reason

    @property
    def error(self) -> str:
        """What went wrong last."""
        return self.died.error


def webhook_in(message: Message) -> Webhook:
    """Return the webhook that a message carries."""
    return Webhook.of(message.properties, message.body)


def waiting_in(due: float, message: Message) -> Waiting:
    """Return what waits."""
    headers = message.properties.headers
    return Waiting(
        consumer=message.queue.consumer,
        webhook=webhook_in(message),
        attempt=webhook_headers.number(headers, webhook_headers.ATTEMPT, 1),
        due=moment(due),
        error=webhook_headers.text(headers, webhook_headers.ERROR),
    )


def letter_in(message: Message) -> Letter:
    """Return the dead letter that a message is."""
    died = DeadLetter.read(message.properties.headers, message.queue.consumer)
    return Letter(webhook_in(message), died, message.number)


def moment(seconds: float) -> datetime:
    """Return a time as an aware datetime, UTC."""
    return datetime.fromtimestamp(seconds, UTC)
