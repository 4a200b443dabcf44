"""The head of a request, its first line and its headers: how large it may be."""

from typing import Any

from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import _ErrInfo

MAX_HEADERS = 100
MAX_HEADER = 8190
"""Bytes of one header: its name and its value."""
MAX_HEAD = 32 * 1024
"""Bytes of a request's first line and headers together."""
SMALL_HEAD = 4 * 1024
"""Bytes. aiohttp keeps the last request while a connection idles; with a larger one, a guest's
connection is closed.
"""


def too_large() -> _ErrInfo:
    """Return what stands in the place of a request whose head is too large."""
    return _ErrInfo(status=400, exc=BadHttpMessage("too large"), message="")


def size_of(message: Any) -> int:
    """Return the bytes of a head as nearly everybody writes it: `Name: value`, without further
    blanks.
    """
    fields = sum(len(name) + len(value) + 4 for name, value in message.raw_headers)
    return len(message.method) + len(message.path) + 14 + fields
