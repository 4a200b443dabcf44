"""A message's properties: as they were received, and those of a copy of it."""

from dataclasses import dataclass, field
from typing import Any

from aiormq import spec

from schemas.headers import Header
from schemas.webhook import Properties

_LATEST = 2**32
"""Seconds: the library reads later times as milliseconds."""


@dataclass(slots=True)
class ReceivedProperties:
    """A message's properties; nothing is sure of a message that may come from anywhere."""

    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    timestamp: int | None = None  # seconds
    message_type: str | None = None
    app_id: str | None = None


def from_library(properties: spec.Basic.Properties) -> ReceivedProperties:
    """Return what the client library has read."""
    return ReceivedProperties(
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        headers=properties.headers or {},
        message_id=properties.message_id,
        timestamp=int(properties.timestamp.timestamp()) if properties.timestamp else None,
        message_type=properties.message_type,
        app_id=properties.app_id,
    )


def for_copy(old: ReceivedProperties, headers: dict[str, Header]) -> Properties:
    """Return what a copy of a message is published with: old properties, new headers.

    Gone are expiration (a copy would vanish), user id (the broker refuses another's) and reply
    address.
    """
    is_plausible = old.timestamp is not None and old.timestamp < _LATEST
    return Properties(
        content_type=old.content_type,
        content_encoding=old.content_encoding,
        type=old.message_type,
        app_id=old.app_id,
        timestamp=old.timestamp if is_plausible else None,
        headers=headers,
    )
