"""From body bytes to plain data: JSON, or XML as Rails writes it, by content type."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from lxml import etree

MAX_DEPTH = 100
"""Nested XML elements, at most: our recursion must end before Python's, which lxml's own 256 might not. orjson, which
does not recurse in Python, stops at 1024."""


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
    match = re.fullmatch(r"(?:application|text)/(?:[^/\s]+\+)?(json|xml)", kind)
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

    Integers are exact up to 200 digits at least, and never rounded: a longer one may be Undecodable. An XML document
    becomes `{root name: value}`, with names as JSON would have them: `line-items` is `line_items`.
    """
    match format_of(content_type):
        case Format.JSON:
            return _json(body)
        case Format.XML:
            return _xml(body)
        case None:
            raise Undecodable("the content type is neither JSON nor XML")


_TO_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""Digits from which on an integer may not fit 64 bits."""


def _json(body: bytes) -> Any:
    try:
        decoded = orjson.loads(body)
        # orjson rounds an integer over 64 bits to a float; the standard library, slower, keeps it.
        return json.loads(body) if _LONG in body.translate(_TO_ZEROS) else decoded
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Undecodable(f"not JSON at {where}: {error.msg.partition(':')[0]}") from None
    except RecursionError:
        raise Undecodable("JSON nested too deep") from None


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
    return str(element.tag).rpartition("}")[2].replace("-", "_")  # past the namespace


def _value(element: etree._Element, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        raise Undecodable(f"XML nested deeper than {MAX_DEPTH} elements")
    if element.get("nil") == "true":
        return None
    kind, children = element.get("type", ""), list(element)
    texts = (element.text, *(child.tail for child in children))
    if any(text and not text.isspace() for text in texts):
        return _typed(element, kind)
    if kind == "array":
        return [_value(child, depth + 1) for child in children]
    if children:
        return _fields(children, depth)
    return (element.text or "") if kind == "string" else None


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


# What Ruby writes a number as, and no more digits of it than take no time to convert and fit a float.
_INTEGER = re.compile(r"[+-]?\d{1,200}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,200}(?:\.\d{1,200})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_BOOLEAN = re.compile(r"true|false|1|0", re.IGNORECASE)
_TEXT = re.compile(r".*", re.DOTALL)

_TYPES: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "integer": (_INTEGER, int),
    "decimal": (_NUMBER, Decimal),
    "float": (_NUMBER, float),
    "boolean": (_BOOLEAN, lambda text: text.lower() in ("true", "1")),
    # Times stay text, as in JSON, and so does every type not named here.
    "datetime": (_TEXT, str),
    "dateTime": (_TEXT, str),
    "date": (_TEXT, str),
}
"""Rails' types whose text may stand between blanks: how it is written, and what it becomes."""


def _typed(element: etree._Element, kind: str) -> Any:
    # Where text is mixed with children, theirs belongs to it; itertext is slow, and most elements have none.
    text = "".join(map(str, element.itertext())) if len(element) else element.text or ""
    if kind not in _TYPES:
        return text
    (pattern, make), text = _TYPES[kind], text.strip()
    if not pattern.fullmatch(text):
        raise Undecodable(f"the XML at line {element.sourceline} is no {kind}")
    return make(text)
