"""What shoppers enter for a line, and themes ask for an order: the platform writes it in three
ways.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from schemas.payloads.values import listed
from schemas.repeated import gathered


def _answered(value: Any) -> Any:
    """Return answers by name, however they are written."""
    if not value:
        return {}

    if isinstance(value, str):
        return {"": value}

    entries = value
    if isinstance(value, dict) and _is_untyped_array(value):
        entries = listed(value)

    if isinstance(entries, list):
        pairs = _pairs(entries)
        return gathered(pairs)
    return value


def _is_untyped_array(value: dict[str, Any]) -> bool:
    """Tell an XML array without its type from a lone answer, which is neither object nor list."""
    if len(value) != 1:
        return False

    entries = value.get("property", value.get("note_attribute"))
    return isinstance(entries, (dict, list))


def _pairs(entries: list[Any]) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        if entry is None:
            continue

        if not isinstance(entry, dict):
            yield "", entry
        elif "name" in entry or "value" in entry:
            name = entry.get("name")
            if name is None:
                name = ""
            yield str(name), entry.get("value")
        else:
            yield from entry.items()


Answers = Annotated[
    dict[str, Any],
    BeforeValidator(_answered),
    WithJsonSchema({"type": ["object", "array", "string", "null"]}, "validation"),
]
"""What a shopper entered, or a theme asked, by name: `line.properties.get("Engraving")`.

The platform writes an object here, a list of `{"name": …, "value": …}` there, and where there is
nothing one of null, "", [] or {}: all of it is read into one dict, in the order as written. A name
that is given more than once has the list of its values, a text that has no name stands under "".
"""
