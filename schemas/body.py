"""From body bytes to plain data: JSON, or XML as Rails writes it, by content type."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from lxml import etree

MAX_DEPTH = 200
"""Nested elements, at most. lxml itself stops at 256, orjson at 1024; the recursion here must end before Python's."""


class Undecodable(ValueError):
    """The bytes are not what their content type says. The message holds nothing of the body: it is somebody's data."""


class Format(StrEnum):
    """What a body can be written in."""

    JSON = "json"
    XML = "xml"


@lru_cache(maxsize=256)
def format_of(content_type: str) -> Format | None:
    """Return the format that a content type names, or None for any other; parameters and case do not matter."""
    kind = content_type.partition(";")[0].strip().lower()
    match = re.fullmatch(r"(?:application|text)/(?:[a-z0-9.-]+\+)?(json|xml)", kind)
    return Format(match[1]) if match else None


_OPENINGS = {
    Format.JSON: re.compile(rb"[ \t\r\n]*[{\[]"),
    # Past a byte order mark, if any; UTF-16 shows its `<` beside a zero byte.
    Format.XML: re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe(?:\s\x00)*<\x00|\xfe\xff(?:\x00\s)*\x00<"),
}


def begins_as(body: bytes, fmt: Format) -> bool:
    """Tell from its first characters whether a body can be of the format: an object, an array, or an element.

    What else is signed with the same secret on the platform (query strings, numbers, bare words) begins otherwise.
    """
    return _OPENINGS[fmt].match(body) is not None


def decode(body: bytes, content_type: str) -> Any:
    """Return the body as dicts, lists and plain values, or raise Undecodable.

    Integers are exact up to 64 bits; a larger one in JSON becomes a float, as JSON allows and orjson does. An XML
    document becomes `{root name: value}`, with names as JSON would have them: `line-items` is `line_items`.
    """
    match format_of(content_type):
        case Format.JSON:
            return _json(body)
        case Format.XML:
            return _xml(body)
        case None:
            raise Undecodable("the content type is neither JSON nor XML")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"not JSON at byte {error.pos}: {error.msg.partition(':')[0]}") from None


def _xml(body: bytes) -> dict[str, Any]:
    # A parser each: lxml's are not to be shared between threads. No entities, no network, no DTD, bounded sizes.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = f" at line {error.lineno}" if isinstance(error, etree.XMLSyntaxError) and error.lineno else ""
        raise Undecodable(f"not XML{line}") from None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise Undecodable("XML with a document type is refused")
    return {_name(root): _value(root, 0)}


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname).replace("-", "_")


def _value(element: etree._Element, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        raise Undecodable(f"XML nested deeper than {MAX_DEPTH} elements")
    if element.get("nil") == "true":
        return None
    kind, children = element.get("type"), list(element)
    if kind == "array":
        return [_value(child, depth + 1) for child in children]
    if children:
        return _fields(children, depth)
    if not (element.text or "").strip() and kind != "string":
        return None
    return _typed(kind or "string", element.text or "")


def _fields(children: list[etree._Element], depth: int) -> dict[str, Any]:
    """Return an element's children by name; one that occurs again becomes a list, as an array without its type."""
    fields: dict[str, Any] = {}
    repeated: set[str] = set()
    for child in children:
        name, value = _name(child), _value(child, depth + 1)
        if name not in fields:
            fields[name] = value
        elif name in repeated:
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
            repeated.add(name)
    return fields


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


_TYPES: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": Decimal,
    "float": float,
    "boolean": _boolean,
}
"""Rails' types. Times stay text, as in JSON; so does every type not named here."""


def _typed(kind: str, text: str) -> Any:
    if kind not in _TYPES:
        return text
    try:
        return _TYPES[kind](text.strip())
    except (ValueError, KeyError, InvalidOperation):
        raise Undecodable(f"XML holds text that is no {kind}") from None
