"""Parts of pages, made once for all who see the same."""

from collections.abc import Callable, Mapping
from typing import Any

from workers.console.templates import Templates

OF_STATUS = frozenset({"problems", "queues", "doors", "waiting_rungs", "picture", "processes"})
"""Parts that show the status alone: the same for all who may do the same, until it is read anew."""

Part = Callable[[str], str]
"""Returns a part of a page by its name."""


class Rendered:
    """Makes parts, and keeps those of the latest status."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._of: object = None
        self._kept: dict[tuple[str, bool], str] = {}

    def parts(self, context: Mapping[str, Any]) -> Part:
        """Return what makes the parts of a page that is told this."""

        def part(name: str) -> str:
            if name not in OF_STATUS:
                return self._made(name, context)

            self._forget_but(context["seen"])
            key = (name, context["asking"].may_act)
            if key not in self._kept:
                self._kept[key] = self._made(name, context)
            return self._kept[key]

        return part

    def _made(self, name: str, context: Mapping[str, Any]) -> str:
        return self._templates.render(f"parts/{name}.html", context)

    def _forget_but(self, seen: object) -> None:
        if seen is not self._of:
            self._of = seen
            self._kept.clear()
