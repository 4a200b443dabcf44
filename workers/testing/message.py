"""A message in memory, as the broker of a scenario has it."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from schemas import headers as webhook_headers
from schemas.headers import Header
from schemas.names import WorkQueue
from schemas.properties import Properties, ReceivedProperties
from workers.line import Seat
from workers.seats import seat_in

DELIVERED_BEFORE = "x-delivery-count"

_NUMBERS = count(1)


@dataclass(slots=True)
class Message:
    """A message in memory; `returned` counts how often the broker took it back."""

    queue: WorkQueue
    properties: ReceivedProperties
    body: bytes
    returned: int = 0
    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def headers(self) -> dict[str, Any]:
        """Its headers as they were published."""
        return self.properties.headers

    @property
    def seat(self) -> Seat | None:
        """Where it stands among what is held; None where it is not."""
        return seat_in(self.properties.headers)

    @property
    def due_ms(self) -> int:
        """When it is due, where that is written."""
        return webhook_headers.number(self.properties.headers, webhook_headers.DUE)

    @classmethod
    def of(cls, queue: WorkQueue, properties: Properties, body: bytes) -> "Message":
        """Return a message as it arrives that is published so."""
        number = next(_NUMBERS)
        received = ReceivedProperties(
            content_type=properties.content_type,
            content_encoding=properties.content_encoding,
            headers=dict[str, object](properties.headers),
            message_id=f"message-{number}",
            timestamp=properties.timestamp,
            type=properties.type,
            app_id=properties.app_id,
        )
        return cls(queue, received, body, number=number)

    def delivered(self) -> ReceivedProperties:
        """Return its properties as the broker hands them out."""
        if not self.returned:
            return self.properties
        headers: dict[str, Header] = self.properties.headers | {DELIVERED_BEFORE: self.returned}
        return replace(self.properties, headers=headers)
