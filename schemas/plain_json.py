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
    depth = 0
    for bracket in brackets:
        if bracket == _OPEN:
            depth += 1
        else:
            depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False


_OPEN = ord("[")
_ALIKE = bytes.maketrans(b"{}", b"[]")
_BUT_QUOTES_AND_BRACKETS = bytes(byte for byte in range(256) if byte not in b'"[]{}')


def _brackets(body: bytes) -> bytes:
    """Return the brackets that are in no text, braces as brackets.

    Each step takes all of the body, which is fast.
    """
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    kept = unescaped.translate(_ALIKE, _BUT_QUOTES_AND_BRACKETS)
    outside = kept.replace(b'""', b"")
    if b'"' not in outside:
        return outside

    # Some text has brackets: of what the quotes part, every second piece is outside.
    pieces = kept.split(b'"')
    return b"".join(pieces[::2])


def _check_depth(body: bytes) -> None:
    if is_too_deep(body):
        raise Undecodable(f"JSON nested deeper than {MAX_DEPTH} arrays and objects")


def _read_leniently(text: str) -> Any:
    whole = _ESCAPE.sub(_without_half, text)
    _check_depth(whole.encode())
    try:
        return json.loads(
            whole,
            strict=False,
            parse_constant=_nothing,
            parse_int=_integer,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        reason, _, _ = error.msg.partition(":")
        raise Undecodable(f"not JSON at {where}: {reason}") from None


# Every escape is matched, so that the second backslash of two begins none. The group is half a
# pair.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)


def _without_half(escape: re.Match[str]) -> str:
    if escape[1]:
        return r"\ufffd"
    return escape[0]


def _nothing(_constant: str) -> None:
    """Return nothing for NaN, Infinity and -Infinity, as Rails writes null for them."""


def _integer(digits: str) -> int | str:
    if len(digits) <= MAX_DIGITS:
        return int(digits)
    return digits


def _float(digits: str) -> float | str:
    number = float(digits)
    if isfinite(number):
        return number
    return digits
