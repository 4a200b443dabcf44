"""Names that occur more than once, in data that is to be a dict."""

from collections.abc import Iterable
from typing import Any


def gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by name, in the order as first named.

    A name that occurs again has the list of its values.
    """
    values: dict[str, Any] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in values:
            values[name] = value
        elif name in repeated:
            values[name].append(value)
        else:
            values[name] = [values[name], value]
            repeated.add(name)
    return values
