"""A delivery under way to its outcome: what its message says, and what the broker is told."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from uuid import uuid4

from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers.broker.deliveries import Deliveries
from workers.line import Copy, Seat
from workers.marks import Marks, marks_in
from workers.outcome import Aside
from workers.retry import MAX_DELAY
from workers.seats import is_stub, seat_in


class Key(NamedTuple):
    """What two deliveries of one message share. A message id alone may not be unique."""

    message_id: str
    webhook_id: str
    size: int  # of the body, in bytes

    @classmethod
    def of(cls, properties: ReceivedProperties, size: int) -> Self:
        """Return the key of a message with these properties and a body of this size."""
        return cls(
            properties.message_id or "",
            webhook_headers.text(properties.headers, webhook_headers.ID),
            size,
        )


@dataclass(slots=True)
class UnderWay:
    """A delivery under way. `deliveries` and `tag` change when its message is delivered again."""

    queue: WorkQueue
    deliveries: Deliveries
    tag: int
    properties: ReceivedProperties
    body: bytes
    started_ms: int
    redelivered: bool = False
    crashes: int = 0
    """How often its worker died under it, where that has been counted."""
    seat: Seat | None = None
    """Where its next copy stands, where the order of its shop is kept."""
    marks: Marks = field(init=False)
    """What its message says of what became of it before."""

    def __post_init__(self) -> None:
        """Read the marks."""
        self.marks = marks_in(self.properties.headers)

    @property
    def is_ours(self) -> bool:
        """Whether it can be settled: else the broker has taken it back and delivers it again."""
        return not self.deliveries.is_closed

    @property
    def key(self) -> Key:
        """What a later delivery of the same message has too."""
        return Key.of(self.properties, len(self.body))

    @property
    def origin(self) -> str:
        """What tells a message of a partition from all others, also in its held copies."""
        key = self.key
        if not key.message_id:
            return uuid4().hex
        return f"{key.message_id}:{key.size}:{key.webhook_id}"

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, whatever types they have."""
        return self.properties.headers

    @property
    def number(self) -> int:
        """The attempt's number, from 1."""
        return self.marks.number

    @property
    def first_ms(self) -> int:
        """When the first attempt began."""
        written = self.marks.first_ms
        return min(written or self.started_ms, self.started_ms)

    @property
    def renewed_ms(self) -> int:
        """When an operator last put it back on its queue; 0 for never."""
        return min(self.marks.renewed_ms, self.started_ms)

    @property
    def held_at(self) -> Seat | None:
        """Where it stands among what is held; None where it comes from the partition itself."""
        return seat_in(self.headers)

    def copy_at(self, seat: Seat, *, halts: bool) -> "Copy[UnderWay]":
        """Return it as a held copy that stands there; `halts`: stubs have their sequence wait."""
        is_halted = halts and is_stub(self.headers)
        is_put_back = webhook_headers.HALTS in self.headers
        return Copy(seat, self.marks.due_ms, self, is_halted, is_put_back)

    @property
    def early_ms(self) -> int:
        """How much too early it came, in milliseconds: its wait is longer than the last rung's."""
        early_ms = self.marks.due_ms - self.started_ms
        if early_ms > MAX_DELAY * 1000:
            return 0  # Later than we ever write: nobody of ours wrote that.
        return max(0, early_ms)

    def put_aside(self, seconds: float = 0.0) -> Aside:
        """Return the outcome by which it comes again after so long as it is, uncounted."""
        return Aside(seconds, self.marks.crashes)

    def ack(self) -> None:
        """Tell the broker that it may forget the message; raises one of LOST."""
        self.deliveries.ack(self.tag)

    def hand_back(self) -> Awaitable[None]:
        """Give it back unharmed."""
        return self.deliveries.nack(self.tag)

    def send_back(self) -> Awaitable[None]:
        """Give it back as failed, so that the delivery limit ends the matter."""
        return self.deliveries.reject(self.tag)

    def go_on_with(self, again: "UnderWay") -> None:
        """Take another delivery of the same message as its own."""
        self.deliveries = again.deliveries
        self.tag = again.tag


def is_taken_up(again: UnderWay, runs: Iterable[UnderWay]) -> bool:
    """Let the run that is busy with this message, if any, go on with its new delivery."""
    for run in runs:
        if not run.is_ours and run.key == again.key and run.body == again.body:
            run.go_on_with(again)
            return True
    return False
