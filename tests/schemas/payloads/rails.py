"""XML as Rails writes it."""

from typing import Any

from lxml import etree


def as_rails(name: str, value: Any) -> etree._Element:
    """Write plain data as Rails' `to_xml` does."""
    element = etree.Element(name.replace("_", "-"))
    match value:
        case dict():
            element.extend(as_rails(key, inner) for key, inner in value.items())
        case list():
            element.set("type", "array")
            element.extend(as_rails(name.removesuffix("s"), inner) for inner in value)
        case None:
            element.set("nil", "true")
        case str():
            element.text = value
        case _:
            element.set("type", {bool: "boolean", int: "integer", float: "float"}[type(value)])
            element.text = str(value).lower()
    return element
