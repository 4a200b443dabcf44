"""Text of others' making, fit to be shown. Pure.

It is bounded, and without what a terminal obeys instead of printing it.

Escaped is what Python's own `repr` escapes: control characters (with them colours, cursor moves,
forged lines), marks that turn the direction of writing, halves of surrogate pairs, characters that
nobody sees. Spaces of every width stay, and the two joiners of which emoji and Persian words are
made.
"""

from collections.abc import Callable
from unicodedata import category

MARK = "…"
"""Stands where something was cut off."""

_JOINERS = "\u200c\u200d"
_MARK_SIZE = len(MARK.encode())


def printable(text: str) -> str:
    """Return the text on one line: line breaks are escaped too."""
    if text.isprintable():
        return text
    return _escaped(text, "", _as_python)


def printable_block(text: str) -> str:
    """Return the text with its line breaks and tabs, all else escaped."""
    if text.isprintable():
        return text
    return _escaped(text, "\n\t", _as_python)


def printable_json(document: str) -> str:
    """Return the JSON document, escaped, with the same meaning.

    What is not printable stands inside its strings only.
    """
    is_plain = document.isascii() and "\x7f" not in document
    if is_plain:
        return document
    return _escaped(document, "", _as_json)


def cut(text: str, size: int) -> str:
    """Return the text, or of a longer one its start and MARK; `size` bytes of UTF-8 at most."""
    head = text[: size + 1]
    raw = head.encode(errors="backslashreplace")
    if len(raw) <= size:
        return raw.decode()

    room = size - _MARK_SIZE
    start = raw[:room]
    return start.decode(errors="ignore") + MARK


def cut_to_end(text: str, size: int) -> str:
    """Return the text, or of a longer one MARK and its end; `size` bytes of UTF-8 at most."""
    tail = text[-size - 1 :]
    raw = tail.encode(errors="backslashreplace")
    if len(raw) <= size:
        return raw.decode()

    room = size - _MARK_SIZE
    end = raw[len(raw) - room :]
    return MARK + end.decode(errors="ignore")


def _escaped(text: str, kept: str, escape: Callable[[str], str]) -> str:
    shown = []
    for one in text:
        if one in kept or _is_harmless(one):
            shown.append(one)
        else:
            shown.append(escape(one))
    return "".join(shown)


def _is_harmless(one: str) -> bool:
    if one.isprintable() or one in _JOINERS:
        return True
    return category(one) == "Zs"


def _as_python(one: str) -> str:
    """Return a character as Python escapes it: `\\x1b`."""
    escaped = one.encode("unicode_escape")
    return escaped.decode()


def _as_json(one: str) -> str:
    """Return a character as JSON escapes it: `\\u001b`, and two of these above 16 bits."""
    raw = one.encode("utf-16-be", errors="surrogatepass")
    digits = raw.hex()

    escaped = ""
    for at in range(0, len(digits), 4):
        unit = digits[at : at + 4]
        escaped += f"\\u{unit}"
    return escaped
