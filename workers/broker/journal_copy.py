"""Copies of webhooks in the journal, and which are wanted."""

from collections.abc import Callable
from typing import NamedTuple

from schemas.properties import ReceivedProperties

Passed = Callable[[int, int, int], None]
"""Is told now and then how many copies were looked at, of how many about, and the last one's
place.
"""


class Wanted(NamedTuple):
    """Which copies are wanted: each of `needles` stands in their heads, and `takes` says so.

    `takes` is asked by routing key and properties, and never raises. With `bodies` off, they come
    without. What was received after `until_ms` need not be looked at, nor what comes behind `most`
    that are wanted, where that is given.
    """

    needles: tuple[bytes, ...]
    takes: Callable[[str, ReceivedProperties], bool]
    until_ms: int = 0
    bodies: bool = False
    most: int = 0


class Copy(NamedTuple):
    """A copy of a webhook, its place in the journal, its body's size; the body may be left out."""

    offset: int
    routing_key: str
    properties: ReceivedProperties
    size: int
    body: bytes
