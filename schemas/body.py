"""From body bytes to plain data: JSON, or XML as Rails writes it, by content type."""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from schemas import plain_json, rails_xml
from schemas.characters import BLANKS, characters
from schemas.undecodable import MAX_DEPTH, Undecodable

__all__ = ["MAX_DEPTH", "Format", "Undecodable", "begins_as", "decode", "format_of"]


class Format(StrEnum):
    """What a body can be written in."""

    JSON = "json"
    XML = "xml"


_KIND = re.compile(r"(?:application|text)/(?:[^/\s]+\+)?(json|xml)")
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=256)
def format_of(content_type: str) -> Format | None:
    """Return the format that a content type names, or None for any other.

    Parameters and case do not matter. A proxy may have joined two headers that say the same:
    `application/json, application/json`.
    """
    kinds = {_without_parameters(part) for part in content_type.split(",")}
    if len(kinds) > 1:
        return None

    kind = kinds.pop()
    match = _KIND.fullmatch(kind)
    if match is None:
        return None
    return Format(match[1])


def _without_parameters(content_type: str) -> str:
    kind, _, _ = content_type.partition(";")
    return kind.strip().lower()


def _charset_of(content_type: str) -> str:
    """Return the charset that a content type names, or nothing."""
    match = _CHARSET.search(content_type)
    if match is None:
        return ""
    return match[1]


_OPENINGS = {Format.JSON: ("{", "["), Format.XML: ("<",)}
_OPENING_BYTES = {fmt: tuple(map(str.encode, openings)) for fmt, openings in _OPENINGS.items()}
_HEAD = 1024
"""Bytes within which a body begins."""


def begins_as(body: bytes, fmt: Format) -> bool:
    """Tell from its first characters whether a body can be of the format.

    JSON begins as an object or an array, XML as an element. What else is signed with the same
    secret on the platform (query strings, numbers, bare words) begins otherwise. Encodings, byte
    order marks and blanks are passed over just as decode does.
    """
    if body.startswith(_OPENING_BYTES[fmt]):
        return True

    head = characters(body[:_HEAD])
    beginning = head.lstrip(BLANKS)
    return beginning.startswith(_OPENINGS[fmt])


def decode(body: bytes, content_type: str) -> Any:
    """Return the body as dicts, lists and plain values, or raise Undecodable.

    Integers are exact and never rounded; one of more than 4300 digits is text, and so is what no
    double holds. An XML document becomes `{root name: value}`, with names as JSON would have them:
    `line-items` is `line_items`.
    """
    read = _reader(content_type)
    return read(body)


@lru_cache(maxsize=256)
def _reader(content_type: str) -> Callable[[bytes], Any]:
    charset = _charset_of(content_type)
    match format_of(content_type):
        case Format.JSON:
            return partial(plain_json.read, charset=charset)
        case Format.XML:
            return partial(rails_xml.read, charset=charset)
        case None:
            raise Undecodable("the content type is neither JSON nor XML")
