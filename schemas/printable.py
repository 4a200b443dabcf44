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
    raw = text[: size + 1].encode(errors="backslashreplace")
    if len(raw) <= size:
        return raw.decode()

    start = raw[: size - _MARK_SIZE]
    return start.decode(errors="ignore") + MARK


def cut_to_end(text: str, size: int) -> str:
    """Return the text, or of a longer one MARK and its end; `size` bytes of UTF-8 at most."""
    raw = text[-size - 1 :].encode(errors="backslashreplace")
    if len(raw) <= size:
        return raw.decode()

    end = raw[len(raw) - size + _MARK_SIZE :]
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
    is_space = category(one) == "Zs"
    return is_space or one.isprintable() or one in _JOINERS


def _as_python(one: str) -> str:
    return one.encode("unicode_escape").decode()


def _as_json(one: str) -> str:
    digits = one.encode("utf-16-be", errors="surrogatepass").hex()
    units = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return "".join(f"\\u{unit}" for unit in units)
