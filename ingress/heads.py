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
_OF_THE_FIRST_LINE = len("  HTTP/1.1\r\n\r\n")
"""Bytes of a head besides its method, its path and its headers."""
_OF_A_HEADER = len(": \r\n")
"""Bytes of a header besides its name and its value."""


def too_large() -> _ErrInfo:
    """Return what stands in the place of a request whose head is too large."""
    return _ErrInfo(status=400, exc=BadHttpMessage("too large"), message="")


def size_of(message: Any) -> int:
    """Return the bytes of a head as nearly everybody writes it: `Name: value`, without further
    blanks.
    """
    size = _OF_THE_FIRST_LINE
    size += len(message.method)
    size += len(message.path)
    for name, value in message.raw_headers:
        size += len(name) + len(value) + _OF_A_HEADER
    return size
