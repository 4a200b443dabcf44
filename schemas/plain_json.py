"""JSON as it comes: strictly and fast where it is right, else as browsers and Python read it."""

import json
import re
from math import isfinite
from typing import Any

import orjson

from schemas.characters import characters
from schemas.undecodable import MAX_DEPTH, MAX_DIGITS, Undecodable

_TO_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""Digits from which on an integer may not fit 64 bits."""


def read(body: bytes, charset: str) -> Any:
    """Return the JSON as plain data, or raise Undecodable; `charset` is the content type's, or empty.

    Read, though it is not quite JSON: a byte order mark, UTF-16 and UTF-32, control characters in texts; half a
    surrogate pair and bytes that are no characters, as U+FFFD; NaN and Infinity, as null; numbers too large to be one,
    as text. Of equal names in one object the last counts.
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_leniently(characters(body, "utf-8", charset))

    # orjson rounds an integer over 64 bits to a float; the standard library, slower, keeps it.
    if _LONG in body.translate(_TO_ZEROS):
        return _read_leniently(body.decode())

    if not is_shallow(body):
        _check_depth(body.decode())
    return decoded


def is_shallow(body: bytes) -> bool:
    """Tell whether there are too few brackets to be nested too deep."""
    # To count them would take thrice as long as to leave them out.
    arrays = len(body) - len(body.replace(b"[", b""))
    objects = len(body) - len(body.replace(b"{", b""))
    return arrays + objects <= MAX_DEPTH


def _read_leniently(text: str) -> Any:
    text = _ESCAPE.sub(_without_half, text)
    _check_depth(text)
    try:
        return json.loads(text, strict=False, parse_constant=_nothing, parse_int=_whole, parse_float=_broken)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Undecodable(f"not JSON at {where}: {error.msg.partition(':')[0]}") from None


# Strings, and all that is neither of them nor a bracket.
_NO_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[^"\[\]{}]++', re.DOTALL)


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _NO_BRACKET.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise Undecodable(f"JSON nested deeper than {MAX_DEPTH} arrays and objects")


# Every escape is matched, so that the second backslash of two begins none. The group is half a pair.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def _without_half(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _nothing(_constant: str) -> None:
    """Stand for NaN, Infinity and -Infinity: Rails writes them as null."""


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _broken(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits
