"""JSON as it comes: strictly and fast where it is right, else as browsers and Python read it."""

import json
import re
from itertools import accumulate
from math import isfinite
from typing import Any

import orjson

from schemas.characters import characters
from schemas.undecodable import MAX_DEPTH, MAX_DIGITS, Undecodable

_TO_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""Digits from which on an integer may not fit 64 bits."""


def read(body: bytes, charset: str) -> Any:
    """Return the JSON as plain data, or raise Undecodable; `charset` is the content type's, or
    empty.

    Read, though it is not quite JSON: a byte order mark, UTF-16 and UTF-32, control characters in
    texts; half a surrogate pair and bytes that are no characters, as U+FFFD; NaN and Infinity, as
    null; numbers too large to be one, as text. Of equal names in one object the last counts.
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_leniently(characters(body, "utf-8", charset))

    # orjson rounds an integer over 64 bits to a float; the standard library, slower, keeps it.
    if _LONG in body.translate(_TO_ZEROS):
        return _read_leniently(body.decode())

    _check_depth(body)
    return decoded


def is_too_deep(body: bytes) -> bool:
    """Tell whether arrays and objects are nested deeper than MAX_DEPTH."""
    # Too few brackets, mostly. To count them would take thrice as long as to leave them out.
    arrays = len(body) - len(body.replace(b"[", b""))
    objects = len(body) - len(body.replace(b"{", b""))
    if arrays + objects <= MAX_DEPTH:
        return False

    brackets = _brackets(body)
    left = brackets
    for _ in range(MAX_DEPTH):
        left = left.replace(b"[]", b"")
        if not left:
            return False

    # It is too deep, or not JSON: then it is as deep as a reader comes before it finds out.
    return max(accumulate(1 if bracket == _OPEN else -1 for bracket in brackets)) > MAX_DEPTH


_OPEN = ord("[")
_ALIKE = bytes.maketrans(b"{}", b"[]")
_BUT_QUOTES_AND_BRACKETS = bytes(byte for byte in range(256) if byte not in b'"[]{}')


def _brackets(body: bytes) -> bytes:
    """Return the brackets that are in no text, braces as such; all of the body at each step, which
    is fast.
    """
    kept = (
        body.replace(rb"\\", b"").replace(rb"\"", b"").translate(_ALIKE, _BUT_QUOTES_AND_BRACKETS)
    )
    outside = kept.replace(b'""', b"")

    # Some text has brackets: of what the quotes part, every second piece is outside.
    return b"".join(kept.split(b'"')[::2]) if b'"' in outside else outside


def _check_depth(body: bytes) -> None:
    if is_too_deep(body):
        raise Undecodable(f"JSON nested deeper than {MAX_DEPTH} arrays and objects")


def _read_leniently(text: str) -> Any:
    text = _ESCAPE.sub(_without_half, text)
    _check_depth(text.encode())
    try:
        return json.loads(
            text, strict=False, parse_constant=_nothing, parse_int=_whole, parse_float=_broken
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        reason, _, _ = error.msg.partition(":")
        raise Undecodable(f"not JSON at {where}: {reason}") from None


# Every escape is matched, so that the second backslash of two begins none. The group is half a
# pair.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _without_half(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _nothing(_constant: str) -> None:
    """Stand for NaN, Infinity and -Infinity: Rails writes them as null."""


def _whole(digits: str) -> int | str:
    if len(digits) <= MAX_DIGITS:
        return int(digits)
    return digits


def _broken(digits: str) -> float | str:
    number = float(digits)
    if isfinite(number):
        return number
    return digits
