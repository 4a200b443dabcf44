"""YAML of plain values. It is written here so that the same values give the same bytes for good,
and that to deploy needs no further package.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

Value: TypeAlias = "str | int | bool | Block"
Block: TypeAlias = "Sequence[Value] | Mapping[str, Value]"

_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_PRINTABLE = re.compile(r"[ -~]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
"""What some reader of YAML takes for something else than a text."""


def yaml(value: Value) -> str:
    """Return the value as YAML, with its keys in the order that they have."""
    lines = _lines(value)
    return "\n".join(lines) + "\n"


def _lines(value: Value) -> list[str]:
    if not _is_block(value):
        return [_scalar(value)]

    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            lines += _entry(key, inner)
        return lines

    for inner in value:
        lines += _item(inner)
    return lines


def _entry(key: str, value: Value) -> list[str]:
    written = _scalar(key)
    lines = _lines(value)
    if not _is_block(value):
        return [f"{written}: {lines[0]}"]

    indented = _indented(lines)
    return [f"{written}:", *indented]


def _item(value: Value) -> list[str]:
    first, *rest = _lines(value)
    indented = _indented(rest)
    return [f"- {first}", *indented]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _is_block(value: Value) -> TypeGuard[Block]:
    """Tell whether the value has lines of its own; what is empty stands behind its key."""
    if isinstance(value, str | int):
        return False
    return len(value) > 0


def _scalar(value: Value) -> str:
    if not isinstance(value, str):
        return json.dumps(value)

    if _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value

    if _PRINTABLE.fullmatch(value):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"

    return json.dumps(value)  # a text of JSON is one of YAML, on one line
