"""One log line out of an event and its fields, as JSON or as text.

A line always comes out, whatever the fields hold. What we log ourselves is encodable; an author's
own line may hold anything: keys that are no strings, integers without end, a structure that holds
itself, an object whose `__repr__` raises. What cannot be written as it is, is described.
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
MAX_VALUE_DEPTH = 6
"""Lists and tables within each other that are described."""
_LARGEST = 2**63

TRACEBACK = "exception"
"""The one field with line breaks."""


def as_json(_: Any, level: str, event: Event) -> str:
    """Render an event as JSON.

    This is structlog's whole chain: each processor of its own costs as much as the encoding.
    """
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    try:
        if "exc_info" in event:
            _tell_exception(event)
        encoded = orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)
        line = encoded.decode()
    except BaseException:  # noqa: BLE001 - an author's __str__ may raise anything; the line that follows tells it
        line = ""

    if not line or len(line) > MAX_LINE:
        described = _described(event)
        encoded = orjson.dumps(described)
        line = encoded.decode()
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
            line = console(logger, level, dict(shown))
            return str(line)
        except Exception:  # noqa: BLE001 - fields that have a meaning to the renderer, and here another type
            encoded = orjson.dumps(shown)
            return encoded.decode()

    return as_text


def _tell_exception(event: Event) -> None:
    """Replace `exc_info` by the traceback's text, where it leads to an exception."""
    error = _exception_of(event.pop("exc_info"))
    if isinstance(error, BaseException):
        page = failure.with_traceback(error)
        event[TRACEBACK] = page.rstrip("\n")


def _exception_of(exc_info: Any) -> Any:
    """Return the exception: `exc_info` is it, a tuple with it, or true for the current one."""
    if isinstance(exc_info, tuple) and len(exc_info) > 1:
        return exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    if exc_info:
        return sys.exception()
    return None


def _described(event: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the event with values that can be encoded and shown."""
    told = Description()
    described: dict[str, Any] = {}
    for name in ("event", "level"):
        text = event.get(name, "")
        described[name] = told.key(text)

    timestamp = event.get("timestamp")
    described["timestamp"] = told.value(timestamp)

    items = list(event.items())
    for name, value in items[:MAX_ITEMS]:
        key = told.key(name)
        shown = told.value(value)
        described.setdefault(key, shown)

    traceback = event.get(TRACEBACK)
    if isinstance(traceback, str):
        block = printable_block(traceback)
        described[TRACEBACK] = cut(block, MAX_TRACEBACK)
    return described


class Description:
    """What is told of the values of one line; all of them together are bounded."""

    def __init__(self) -> None:
        self._left = MAX_LINE - MAX_TRACEBACK

    def key(self, key: object) -> str:
        """Tell a name."""
        text = self.value(key, 0)
        return str(text)

    def value(self, value: object, depth: int = MAX_VALUE_DEPTH) -> Any:
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
            reason = failure.one_line(error)
            return self._text(f"<{kind.__name__}: {reason}>")

    def _plain(self, value: Any, depth: int) -> Any:
        if depth and isinstance(value, Mapping):
            pairs = islice(value.items(), MAX_ITEMS)
            return {self.key(key): self.value(item, depth - 1) for key, item in pairs}

        if depth and isinstance(value, list | tuple | set | frozenset):
            items = islice(value, MAX_ITEMS)
            return [self.value(item, depth - 1) for item in items]

        described = _describe(value)
        if type(described) is int:
            return described
        return self._text(described)

    def _text(self, text: Any) -> str:
        # A slice is a plain string, whatever the text's own class makes of one.
        head = str.__getitem__(text, slice(0, MAX_VALUE + 1))
        safe = printable(head)
        shown = cut(safe, MAX_VALUE)
        self._left -= len(shown)
        return shown


def _describe(value: Any) -> int | str:
    for kind, describe in _DESCRIBE:
        if isinstance(value, kind):
            return describe(value)
    return str(value)


def _integer(value: int) -> int | str:
    if -_LARGEST <= value < _LARGEST:
        return int(value)
    # The decimal digits of a long one take for ever, and Python refuses to make them.
    return hex(value)


_DESCRIBE: tuple[tuple[Any, Callable[[Any], int | str]], ...] = (
    (int, _integer),
    (datetime, lambda value: value.isoformat().replace("+00:00", "Z")),
    (bytes | bytearray, lambda value: repr(value[:MAX_VALUE])),
    (BaseException, failure.one_line),
)
"""How a value of a class is described; any other by `str`."""
