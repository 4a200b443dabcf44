"""From what the client library has read to properties of ours, and from those to the ones of a
copy.
"""

from aiormq import spec

from schemas.headers import Header
from schemas.properties import Properties, ReceivedProperties

_LATEST = 2**32
"""Seconds: the library reads later times as milliseconds."""


def from_library(properties: spec.Basic.Properties) -> ReceivedProperties:
    """Return what the client library has read."""
    timestamp = None
    if properties.timestamp:
        timestamp = int(properties.timestamp.timestamp())

    return ReceivedProperties(
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        headers=properties.headers or {},
        message_id=properties.message_id,
        timestamp=timestamp,
        type=properties.message_type,
        app_id=properties.app_id,
    )


def for_copy(old: ReceivedProperties, headers: dict[str, Header]) -> Properties:
    """Return what a copy of a message is published with: old properties, new headers.

    Gone are expiration (a copy would vanish), user id (the broker refuses another's) and reply
    address.
    """
    timestamp = old.timestamp
    if timestamp is not None and timestamp >= _LATEST:
        timestamp = None

    return Properties(
        content_type=old.content_type,
        content_encoding=old.content_encoding,
        type=old.type,
        app_id=old.app_id,
        timestamp=timestamp,
        headers=headers,
    )
