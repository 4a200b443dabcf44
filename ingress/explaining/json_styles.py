"""How JSON is written: where blanks stand, what is escaped, how numbers look."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

MARK = "\uf8ff"
"""Stands around numbers while a body is text: of nobody's alphabet, so no body has it."""
_NUMBER = re.compile(f'"{MARK}([^"{MARK}]*){MARK}"')
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_OF_HTML = "&<>\u2028\u2029"
_INTEGER_OF_JAVASCRIPT = 1e21
"""From here on JavaScript writes an exponent."""
_SMALLEST_WITHOUT_EXPONENT = 1e-6


Style = Callable[[str], str]
"""Makes JSON that is written in one way of JSON that is written in another."""


class Layout(NamedTuple):
    """Where blanks and line ends stand, as the arguments of `json.dumps`."""

    told: str
    separators: tuple[str, str]
    indent: int | str | None = None


LAYOUTS = (
    Layout("without blanks", (",", ":")),
    Layout("with a blank behind each comma and colon", (", ", ": ")),
    Layout("with a blank behind each colon", (",", ": ")),
    Layout("indented by two", (",", ": "), 2),
    Layout("indented by four", (",", ": "), 4),
    Layout("indented by tabs", (",", ": "), "\t"),
)


def marked(number: str) -> str:
    """Return a number as a text that each of NUMBERS makes a number again."""
    return f"{MARK}{number}{MARK}"


@lru_cache(maxsize=4096)
def _of_javascript(number: str) -> str:
    """Return a number as a double is written: 1.50 as 1.5, and digits beyond 2^53 as zeros."""
    value = float(number)
    if not math.isfinite(value):
        return number

    text = repr(value)
    size = abs(value)
    if _SMALLEST_WITHOUT_EXPONENT <= size < _INTEGER_OF_JAVASCRIPT:
        exact = Decimal(text)
        text = format(exact, "f")
    return text.removesuffix(".0")


@lru_cache(maxsize=4096)
def _of_python(number: str) -> str:
    digits = number.lstrip("-")
    if digits.isdecimal():
        return number

    value = float(number)
    if not math.isfinite(value):
        return number
    return repr(value)


def _unmarked(write: Style) -> Style:
    """Return what has each marked text in JSON be a number again, written so."""

    def numbers(match: re.Match[str]) -> str:
        return write(match[1])

    return lambda text: _NUMBER.sub(numbers, text)


NUMBERS: dict[str, Style] = {
    "": _unmarked(str),
    "numbers as JavaScript writes them": _unmarked(_of_javascript),
    "fractions as Python writes them": _unmarked(_of_python),
}


@lru_cache(maxsize=4096)
def _escaped(character: str) -> str:
    quoted = json.dumps(character)
    return quoted.strip('"')


@lru_cache(maxsize=4096)
def _upper_escaped(character: str) -> str:
    upper = _escaped(character).upper()
    return upper.replace("\\U", "\\u")


def _ascii(text: str) -> str:
    return _NOT_ASCII.sub(lambda match: _escaped(match[0]), text)


def _upper_ascii(text: str) -> str:
    return _NOT_ASCII.sub(lambda match: _upper_escaped(match[0]), text)


def _without_html(text: str) -> str:
    for character in _OF_HTML:
        code = ord(character)
        text = text.replace(character, f"\\u{code:04x}")
    return text


def _slashed(text: str) -> str:
    return text.replace("/", "\\/")


def _slashed_ascii(text: str) -> str:
    ascii_only = _ascii(text)
    return _slashed(ascii_only)


def _ascii_without_html(text: str) -> str:
    without = _without_html(text)
    return _ascii(without)


ESCAPES: dict[str, Style] = {
    "": str,
    "all but ASCII as \\u": _ascii,
    "all but ASCII as \\U": _upper_ascii,
    "/ as \\/": _slashed,
    "all but ASCII as \\u, / as \\/": _slashed_ascii,
    "&, < and > as \\u": _without_html,
    "all but ASCII, &, < and > as \\u": _ascii_without_html,
}
