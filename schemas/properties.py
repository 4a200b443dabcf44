"""A message's properties, as they arrive and as they are published.

They are two types, so that nothing that arrived is published by mistake: of what comes, any header
may be there (a broker before 4.0 believes an `x-death` that a client sends, and loses the message),
while what goes out holds texts and integers of ours alone. `headers.kept` leads from one to the
other.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas.headers import Header


class Properties(NamedTuple):
    """What is published beside a body. None: a copied message did not say.

    Delivery mode and message id are the publisher's business.
    """

    content_type: str | None
    type: str | None
    app_id: str | None
    timestamp: int | None  # seconds
    headers: dict[str, Header]
    expiration: str = ""  # milliseconds, after which the broker drops it; empty: never
    content_encoding: str | None = None


@dataclass(slots=True)
class ReceivedProperties:
    """What arrived beside a body; nothing is sure of a message that may come from anywhere."""

    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    timestamp: int | None = None  # seconds
    type: str | None = None
    app_id: str | None = None
