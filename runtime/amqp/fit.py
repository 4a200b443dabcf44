"""Making a message's headers fit the broker's `frame_max`: they travel in one frame.

A broker that gets a larger frame closes the connection, and with it everything that is under way on
it.
"""

from collections.abc import Mapping

from schemas import headers as webhook_headers
from schemas.headers import Header

FRAME_MAX = 131_072
"""Bytes of a frame where the broker sets no limit."""
_OVERHEAD = 10
"""Bytes that a header takes besides its name and its text, at most: a length, a type, and an
integer.
"""
BESIDE = 1_400
"""Bytes of a frame beside the headers, at most: its ends, the message's size, and five short
strings of 255 bytes.
"""
_CUT = (webhook_headers.TRACEBACK, webhook_headers.ERROR)
"""What is shortened, in this order: it is for people, and its beginning and end say most."""
OURS = "webhook-"
"""How the names of the headers begin that no webhook can do without."""
_ELLIPSIS = "\n…\n"
_ELLIPSIS_SIZE = len(_ELLIPSIS.encode())


def fitted(headers: Mapping[str, Header], frame_max: int) -> dict[str, Header]:
    """Return the headers that fit a frame: texts for people are cut, then the longest are left out.

    Without those a consumer can handle the webhook, but not verify its signature once more.
    """
    limit = frame_max or FRAME_MAX
    room = limit - BESIDE
    fitting = dict(headers)

    for name in _CUT:
        over = _size(fitting) - room
        text = fitting.get(name)
        if over > 0 and isinstance(text, str):
            raw = text.encode()
            fitting[name] = _shortened(raw, len(raw) - over)

    carried = _carried_shortest_first(fitting)
    while carried and _size(fitting) > room:
        longest = carried.pop()
        del fitting[longest]
    return fitting


def _carried_shortest_first(headers: Mapping[str, Header]) -> list[str]:
    """Return the names of the headers that are the platform's, by the length of their values."""

    def length(name: str) -> int:
        text = str(headers[name])
        return len(text)

    carried = [name for name in headers if not name.startswith(OURS)]
    return sorted(carried, key=length)


def _shortened(raw: bytes, size: int) -> str:
    """Return the beginning and the end of a text, in so many bytes; nothing where none fits."""
    room = size - _ELLIPSIS_SIZE
    half = room // 2
    if half < 1:
        return ""

    beginning = raw[:half]
    end = raw[-half:]
    return beginning.decode(errors="ignore") + _ELLIPSIS + end.decode(errors="ignore")


def _size(headers: Mapping[str, Header]) -> int:
    size = 0
    for name, value in headers.items():
        raw_name = name.encode()
        size += len(raw_name) + _OVERHEAD
        if isinstance(value, str):
            raw = value.encode()
            size += len(raw)
    return size
