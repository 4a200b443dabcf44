"""From a body's bytes to its characters, whatever encoding it came in."""

import codecs
import json
import re
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
    """Return a body as text, without a byte order mark; `charsets` are the encodings that were
    named for it, if any.

    UTF-16 and UTF-32 are seen in the bytes. Else the first charset that fits is taken; UTF-8 is
    tried before others that were named, for nothing else looks like it, and is what is taken where
    none was. Bytes that are no characters become U+FFFD, as in browsers: a name that was cut in the
    middle of a letter must not cost the order.
    """
    seen = json.detect_encoding(body)
    if not seen.startswith(_EVERYWHERE):
        return body.decode(seen, errors="replace").removeprefix(_MARK)

    named = [charset for name in charsets if (charset := _charset(name))] or [_EVERYWHERE]
    likely = sorted(named, key=lambda charset: charset != _EVERYWHERE)
    for charset in likely:
        with suppress(UnicodeDecodeError):
            return body.decode(charset).removeprefix(_MARK)

    return body.decode(likely[0], errors="replace").removeprefix(_MARK)


def _charset(name: str) -> str | None:
    """Return Python's name of an encoding of the web, or None."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # a zero byte in the name is a ValueError
        return None

    return _READ_AS.get(found, found) if _WEB.fullmatch(found) else None
