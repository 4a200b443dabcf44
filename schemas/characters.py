"""From a body's bytes to its characters, whatever encoding it came in."""

import codecs
import json
import re
from collections.abc import Iterable
from contextlib import suppress

BLANKS = " \t\r\n"
"""What JSON and XML take between their parts."""

_MARK = "\ufeff"
_EVERYWHERE = "utf-8"

# Text encodings of the web whose ASCII is ASCII. UTF-16 and UTF-32 are known by their bytes alone;
# of Python's other codecs some take quadratic time, and none is ever meant.
_WEB = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|shift_jis|euc_(?:jp|kr)|gb(?:2312|k|18030)|big5"
)
_READ_AS = {"ascii": _EVERYWHERE, "iso8859-1": "cp1252"}
"""What is read as something that holds it: browsers do the same."""


def characters(body: bytes, *charsets: str) -> str:
    """Return a body as text, without a byte order mark.

    `charsets` are the encodings that were named for it; an empty text names none. UTF-16 and UTF-32
    are seen in the bytes. Else the first charset that fits is taken; UTF-8 is tried before others
    that were named, for nothing else looks like it, and is what is taken where none was. Bytes that
    are no characters become U+FFFD, as in browsers: a name that was cut in the middle of a letter
    must not cost the order.
    """
    seen = json.detect_encoding(body)
    if not seen.startswith(_EVERYWHERE):
        text = body.decode(seen, errors="replace")
        return text.removeprefix(_MARK)

    likely = _likely(charsets)
    for charset in likely:
        with suppress(UnicodeDecodeError):
            text = body.decode(charset)
            return text.removeprefix(_MARK)

    text = body.decode(likely[0], errors="replace")
    return text.removeprefix(_MARK)


def _likely(names: Iterable[str]) -> list[str]:
    """Return the encodings to try, in this order; always one at least."""
    known = [_charset(name) for name in names]
    named = [charset for charset in known if charset is not None]
    if not named:
        return [_EVERYWHERE]
    return sorted(named, key=lambda charset: charset != _EVERYWHERE)


def _charset(name: str) -> str | None:
    """Return Python's name of an encoding of the web, or None."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # a zero byte in the name is a ValueError
        return None

    if not _WEB.fullmatch(found):
        return None
    return _READ_AS.get(found, found)
