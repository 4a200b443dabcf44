"""Making a message's headers fit the broker's `frame_max`: they travel in one frame, and cannot be
cut into several.

A broker that gets a larger frame closes the connection, and with it everything that is under way on
it.
"""

from collections.abc import Mapping

from schemas import headers as names
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
_CUT = (names.TRACEBACK, names.ERROR)
"""What is shortened, in this order: it is for people, and its beginning and end say most."""
OURS = "webhook-"
"""How the names of the headers begin that no webhook can do without."""
_ELLIPSIS = "\n…\n"


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
            size = len(text.encode())
            fitting[name] = _shortened(text, size - over)

    carried = [name for name in fitting if not name.startswith(OURS)]
    carried.sort(key=lambda name: len(str(fitting[name])))
    while carried and _size(fitting) > room:
        longest = carried.pop()
        del fitting[longest]
    return fitting


def _shortened(text: str, size: int) -> str:
    """Return the beginning and the end of a text, in so many bytes; nothing where none fits."""
    room = size - len(_ELLIPSIS.encode())
    half = room // 2
    if half < 1:
        return ""

    raw = text.encode()
    beginning = raw[:half].decode(errors="ignore")
    end = raw[-half:].decode(errors="ignore")
    return beginning + _ELLIPSIS + end


def _size(headers: Mapping[str, Header]) -> int:
    size = 0
    for name, value in headers.items():
        size += len(name.encode()) + _OVERHEAD
        if isinstance(value, str):
            size += len(value.encode())
    return size
