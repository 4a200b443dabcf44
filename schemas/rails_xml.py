"""XML as Rails' `to_xml` writes it, as the plain data that JSON would have been."""

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lxml import etree

from schemas.characters import characters
from schemas.repeated import gathered
from schemas.undecodable import MAX_DEPTH, MAX_DIGITS, Undecodable

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*>")
_ENCODING = re.compile(r"""<\?xml\s[^>]*\bencoding\s*=\s*["']([\w.:-]+)""", re.ASCII)
_HEAD = 1024
"""Bytes within which a document names its encoding."""


def read(body: bytes, charset: str) -> dict[str, Any]:
    """Return `{root name: value}`, or raise Undecodable; `charset` is the content type's, or empty.

    Read, though it is not quite XML: blanks before the declaration; characters that XML does not
    know, as U+FFFD.
    """
    encoding = _declared_encoding(body)
    text = characters(body, charset, encoding)

    # Its encoding is true no more; and without it, blanks may come first. Line breaks stay, for
    # errors count them.
    declaration = _DECLARATION.match(text)
    if declaration:
        line_breaks = "\n" * declaration[0].count("\n")
        text = line_breaks + text[declaration.end() :]

    root = _parsed(text)
    name = _name(root)
    return {name: _value(root, 0)}


def _declared_encoding(body: bytes) -> str:
    """Return the encoding that a document names for itself, or nothing."""
    head = characters(body[:_HEAD])
    declared = _ENCODING.search(head)
    if declared is None:
        return ""
    return declared[1]


def _parsed(text: str) -> etree._Element:
    try:
        return _root(text)
    except etree.XMLSyntaxError as error:
        readable = _REFERENCE.sub(_readable, text)
        mended = _NO_CHARACTER.sub("\ufffd", readable)
        if mended == text:
            raise Undecodable(_where(error)) from None

    try:
        return _root(mended)
    except etree.XMLSyntaxError as error:
        raise Undecodable(_where(error)) from None


def _root(text: str) -> etree._Element:
    # A parser each: lxml's are not to be shared between threads. No entities, no network, no DTD,
    # bounded sizes.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(text.encode(), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Undecodable("XML with a document type is refused")
    return root


def _where(error: etree.XMLSyntaxError) -> str:
    if error.lineno:
        return f"not XML at line {error.lineno}"
    return "not XML"


_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")


def _readable(reference: re.Match[str]) -> str:
    """Return the reference, or U+FFFD where it is one to half a surrogate pair, say."""
    number = _referred_to(reference)
    if number > sys.maxunicode or _NO_CHARACTER.match(chr(number)):
        return "\ufffd"
    return reference[0]


def _referred_to(reference: re.Match[str]) -> int:
    hexadecimal, decimal = reference.groups()
    if hexadecimal:
        return int(hexadecimal, 16)
    return int(decimal)


def _name(element: etree._Element) -> str:
    _, _, local_name = str(element.tag).rpartition("}")  # past the namespace
    return local_name.replace("-", "_")


def _value(element: etree._Element, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        raise Undecodable(f"XML nested deeper than {MAX_DEPTH} elements")

    if element.get("nil") == "true":
        return None

    kind = element.get("type", "")
    children = list(element)
    texts = [child.tail for child in children]
    texts.append(element.text)
    if any(map(_says_something, texts)):
        return _typed(element, kind)

    if kind == "array":
        return [_value(child, depth + 1) for child in children]

    if children:
        # One that occurs again becomes a list, as an array without its type.
        pairs = [(_name(child), _value(child, depth + 1)) for child in children]
        return gathered(pairs)

    if kind == "string":
        return element.text or ""
    return None


def _says_something(text: str | None) -> bool:
    if not text:
        return False
    return not text.isspace()


# What Ruby writes a number as, and no more digits of it than take no time to convert and fit a
# float.
_INTEGER = re.compile(rf"[+-]?\d{{1,{MAX_DIGITS}}}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,200}(?:\.\d{1,200})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_NO_NUMBER = re.compile(r"NaN|[+-]?Infinity")
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
    """Return what the text is by its type.

    Text that is none of the type stays text: whoever reads it may mind.
    """
    text = _text_within(element)
    if kind not in _TYPES:
        return text

    pattern, make = _TYPES[kind]
    text = text.strip()
    if pattern.fullmatch(text):
        return make(text)

    # Rails writes NaN and Infinity in JSON as null.
    if pattern is _NUMBER and _NO_NUMBER.fullmatch(text):
        return None
    return text


def _text_within(element: etree._Element) -> str:
    """Return the text of an element; where it is mixed with children, theirs belongs to it."""
    # `itertext` is slow, and most elements have no children.
    if not len(element):
        return element.text or ""

    texts = map(str, element.itertext())
    return "".join(texts)
