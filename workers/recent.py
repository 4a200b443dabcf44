"""Remembering the last of many names. Pure."""

from collections import OrderedDict

REMEMBERED = 2_000


class Recent:
    """The last `most` names that were noted."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._names: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def note(self, name: str) -> None:
        """Remember a name, and forget the one that was noted first where there are too many."""
        self._names[name] = None
        if len(self._names) > self._most:
            self._names.popitem(last=False)
