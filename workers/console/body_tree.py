"""A body as a tree that can be folded, masked, and bounded whatever it is. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.body import decode
from schemas.undecodable import Undecodable
from workers.console.masking import MASK, Masking
from workers.console.shown_size import fitted, shown_size

MOST_TEXT = 2_000
"""Bytes that one text takes on the page."""
MOST_SHOWN = 85_000
"""Bytes that the whole tree takes on the page: beyond, no further node begins; those are counted.
"""
A_NODE = 80
A_PARENT = 80
"""Bytes of HTML around a node, and around the children of one."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value under its key; one that has `children` is an object or a list."""

    key: str
    kind: str
    text: str = ""
    children: "tuple[Node, ...]" = ()
    left_out: int = 0
    """Further children that are not shown."""


class NotReadable(Exception):
    """The body is no JSON and no XML: nothing in it can be masked."""


def body_tree(body: bytes, content_type: str, masking: Masking) -> Node:
    """Return a body as a tree; raises NotReadable."""
    try:
        decoded = decode(body, content_type)
    except Undecodable as error:
        raise NotReadable(str(error)) from None

    growing = _Growing(masking)
    return growing.node("", decoded, is_masked=False)


class _Growing:
    """Grows a tree of so many bytes."""

    def __init__(self, masking: Masking) -> None:
        self._masking = masking
        self._room = MOST_SHOWN

    def node(self, key: str, value: Any, *, is_masked: bool) -> Node:
        """Return the node of a value; what stands in what is masked is masked."""
        hides = is_masked or self._masking.hides(key)
        shown = self._fitted(self._masking.text(key))
        match value:
            case dict():
                return self._parent(shown, "object", value.items(), is_masked=hides)
            case list():
                numbered = ((str(at), one) for at, one in enumerate(value))
                return self._parent(shown, "list", numbered, is_masked=hides)
        if hides and value not in (None, ""):
            return Node(shown, "masked", MASK)
        return self._leaf(shown, value)

    def _parent(
        self, key: str, kind: str, items: Iterable[tuple[str, Any]], *, is_masked: bool
    ) -> Node:
        pairs = iter(items)
        self._room -= A_PARENT
        children = tuple(self._children(pairs, is_masked=is_masked))
        left_out = sum(1 for _ in pairs)
        return Node(key, kind, children=children, left_out=left_out)

    def _children(self, pairs: Iterator[tuple[str, Any]], *, is_masked: bool) -> Iterator[Node]:
        while self._room > 0:
            pair = next(pairs, None)
            if pair is None:
                return

            self._room -= A_NODE
            name, value = pair
            yield self.node(name, value, is_masked=is_masked)

    def _leaf(self, key: str, value: Any) -> Node:
        match value:
            case None:
                return Node(key, "null", "null")
            case bool():
                return Node(key, "boolean", str(value).lower())
            case str():
                masked = self._masking.text(value)
                return Node(key, "text", self._fitted(masked))
            case _:
                return Node(key, "number", self._fitted(str(value)))

    def _fitted(self, text: str) -> str:
        shown = fitted(text, MOST_TEXT)
        self._room -= shown_size(shown)
        return shown
