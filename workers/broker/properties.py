"""Between our description of a message and the client library's."""

from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from aiormq import spec

from schemas.description import Description
from schemas.headers import Header

_PROCESS, _NUMBERS = uuid4().hex[:20], count(1)
_LATEST = 2**32
"""Seconds: the library writes later times as milliseconds."""


def described(properties: spec.Basic.Properties) -> Description:
    """Return what the library has read, as we describe it."""
    return Description(
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        headers=properties.headers or {},
        message_id=properties.message_id,
        timestamp=int(properties.timestamp.timestamp()) if properties.timestamp else None,
        message_type=properties.message_type,
        app_id=properties.app_id,
    )


def properties_like(old: Description, headers: dict[str, Header]) -> spec.Basic.Properties:
    """Return what a copy of a message is published with: the old description, the new headers, an
    id of its own.

    Gone are expiration (a copy would vanish), user id (the broker refuses another's) and reply
    address. The id is unique to each publish, because the client matches returned messages to
    publishes by it.
    """
    known = old.timestamp is not None and old.timestamp < _LATEST
    return spec.Basic.Properties(
        content_type=old.content_type,
        content_encoding=old.content_encoding,
        message_type=old.message_type,
        app_id=old.app_id,
        timestamp=datetime.fromtimestamp(old.timestamp or 0, UTC) if known else None,
        delivery_mode=2,
        message_id=f"{_PROCESS}{next(_NUMBERS):x}",
        headers=dict(headers),
    )
