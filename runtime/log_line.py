"""One log line out of an event and its fields, as JSON or as text.

A line always comes out, whatever the fields hold.

What we log ourselves is encodable; an author's own line may hold anything: keys that are no
strings, integers without end, a structure that holds itself, an object whose `__repr__` raises.
What cannot be written as it is, is described.
"""

import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
import structlog

from runtime import failure
from schemas.dead_letter import MAX_TRACEBACK
from schemas.printable import MARK, cut, printable, printable_block, printable_json

Event = MutableMapping[str, Any]
Render = Callable[[Any, str, Event], str]
"""Takes what structlog's last processor takes: logger, level, event."""

MAX_LINE = 64 * 1024
"""Characters of a line; of a longer one each value is cut."""
MAX_VALUE = 4 * 1024
"""Bytes of a value in a line that is described."""
MAX_ITEMS = 100
"""Items of a list or a table in a line that is described."""
MAX_DEPTH = 6
_LARGEST = 2**63

TRACEBACK = "exception"
"""The one field with line breaks."""


def as_json(_: Any, level: str, event: Event) -> str:
    """Render an event as JSON.

    This is the whole chain: each step of structlog's own costs as much as the encoding.
    """
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    try:
        if "exc_info" in event:
            _tell_exception(event)
        line = orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z).decode()
    except BaseException:  # noqa: BLE001 - an author's __str__ may raise anything; the line that follows tells it
        line = ""
    if not line or len(line) > MAX_LINE:
        line = orjson.dumps(_described(event)).decode()
    return printable_json(line)


def text_renderer(*, colors: bool) -> Render:
    """Return what renders an event for a person's eyes."""
    console = structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )

    def as_text(logger: Any, level: str, event: Event) -> str:
        if "exc_info" in event:
            _tell_exception(event)
        event["level"] = level
        event["timestamp"] = datetime.now(UTC)
        shown = _described(event)
        try:
            return str(console(logger, level, dict(shown)))
        except Exception:  # noqa: BLE001 - fields that have a meaning to the renderer, and here another type
            return orjson.dumps(shown).decode()

    return as_text


def _tell_exception(event: Event) -> None:
    """Replace `exc_info` by the traceback's text; `structlog` and `logging` know it in three forms."""
    asked = event.pop("exc_info")
    if isinstance(asked, tuple) and len(asked) > 1:
        error = asked[1]
    elif isinstance(asked, BaseException):
        error = asked
    else:
        error = sys.exc_info()[1] if asked else None
    if isinstance(error, BaseException):
        event[TRACEBACK] = failure.trace(error).rstrip("\n")


def _described(event: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the event with values that can be encoded and shown."""
    told = Description()
    described: dict[str, Any] = {name: told.key(event.get(name, "")) for name in ("event", "level")}
    described["timestamp"] = told.value(event.get("timestamp"))
    for name, value in list(event.items())[:MAX_ITEMS]:
        described.setdefault(told.key(name), told.value(value))
    if isinstance(traceback := event.get(TRACEBACK), str):
        described[TRACEBACK] = cut(printable_block(traceback), MAX_TRACEBACK)
    return described


class Description:
    """What is told of the values of one line; all of them together are bounded."""

    def __init__(self) -> None:
        self._left = MAX_LINE - MAX_TRACEBACK

    def key(self, key: object) -> str:
        """Tell a name."""
        return str(self.value(key, 0))

    def value(self, value: object, depth: int = MAX_DEPTH) -> Any:
        """Return a value as plain JSON; of what is none, its text."""
        if self._left <= 0:
            return MARK

        kind = type(value)
        self._left -= 8
        if value is None or kind is bool or kind is float:
            return value

        try:
            return self._plain(value, depth)
        except BaseException as error:  # noqa: BLE001 - as above
            return self._text(f"<{kind.__name__}: {failure.line(error)}>")

    def _plain(self, value: Any, depth: int) -> Any:
        if depth and isinstance(value, Mapping):
            items = islice(value.items(), MAX_ITEMS)
            return {self.key(key): self.value(one, depth - 1) for key, one in items}

        if depth and isinstance(value, list | tuple | set | frozenset):
            return [self.value(one, depth - 1) for one in islice(value, MAX_ITEMS)]

        describe = next((describe for kind, describe in _DESCRIBE if isinstance(value, kind)), str)
        described = describe(value)
        return described if type(described) is int else self._text(described)

    def _text(self, text: Any) -> str:
        head = str.__getitem__(
            text, slice(0, MAX_VALUE + 1)
        )  # a plain string, whatever the text's class makes of one
        shown = cut(printable(head), MAX_VALUE)
        self._left -= len(shown)
        return shown


def _integer(value: int) -> int | str:
    # Decimal digits of a long one take for ever, and Python refuses to make them.
    return int(value) if -_LARGEST <= value < _LARGEST else hex(value)


_DESCRIBE: tuple[tuple[Any, Callable[[Any], int | str]], ...] = (
    (int, _integer),
    (datetime, lambda value: value.isoformat().replace("+00:00", "Z")),
    (bytes | bytearray, lambda value: repr(value[:MAX_VALUE])),
    (BaseException, failure.line),
)
"""How a value of a class is described; any other by `str`."""
