"""Log lines to standard error: one event name and its fields, in JSON or as text.

Logging raises into nothing.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import structlog

from runtime import failure, log_line
from runtime.log_line import Event, Render, text_renderer

PIECE = 3_000
"""Characters: what a pipe takes whole, so that the lines of several processes do not mix."""

QUIETED_LIBRARIES = ("aiormq", "aio_pika", "aiohttp")
"""What these warn of, we say ourselves, once and by name."""
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_ALIASES = {"warn": "warning", "awarn": "awarning", "msg": "info", "amsg": "ainfo"}
"""structlog's other names of its methods."""


class Lines:
    """Writes the lines of one turn of the event loop at once: most of a line is its system call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines = list[str]()

    def line(self, text: str) -> None:
        """Write a line at the turn's end; at once where no loop runs, as in another thread."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._send(f"{text}\n")
            return

        self._lines.append(text)
        if len(self._lines) == 1:
            loop.call_soon(self._write)

    debug = info = warning = error = critical = line

    def _write(self) -> None:
        lines = self._lines
        self._lines = []

        piece = ""
        for line in lines:
            size = len(piece) + len(line)
            if piece and size > PIECE:
                self._send(piece)
                piece = ""
            piece += f"{line}\n"
        self._send(piece)

    def _send(self, piece: str) -> None:
        # Nobody reads any more (a pipe that is closed), or the disk is full: no reason to fail at
        # what was logged.
        with suppress(OSError, ValueError):
            self._stream.write(piece)
            self._stream.flush()


class Records(logging.Handler):
    """Writes what libraries log by the standard library, in the same form."""

    def __init__(self, render: Render, lines: Lines) -> None:
        super().__init__()
        self._render = render
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record's line."""
        event: Event = {"event": _message(record)}
        if record.exc_info:
            event["exc_info"] = record.exc_info

        level = record.levelname.lower()
        line = self._render(None, level, event)
        self._lines.line(line)


def configure(*, as_json: bool, level: str) -> None:
    """Send every log line, also those of libraries, to standard error."""
    lines = Lines(sys.stderr)
    render: Render = log_line.as_json
    if not as_json:
        render = text_renderer(colors=sys.stderr.isatty())

    numbers = logging.getLevelNamesMapping()
    minimum = numbers[level]
    structlog.configure(
        processors=[render],
        wrapper_class=_logger_class(minimum),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    records = Records(render, lines)
    logging.basicConfig(handlers=[records], level=level, force=True)
    for library in QUIETED_LIBRARIES:
        logger = logging.getLogger(library)
        logger.setLevel(logging.CRITICAL)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except BaseException as error:  # noqa: BLE001 - arguments that do not fit, or do not let themselves be printed
        reason = failure.one_line(error)
        return f"{record.msg!s} <arguments: {reason}>"


def _logger_class(minimum: int) -> type[Any]:
    """Return structlog's own class for a minimum level, with methods that never raise."""
    methods: dict[str, Any] = {}
    for name, level in _LEVELS.items():
        if level >= minimum:
            methods |= _methods(name)
    for alias, name in _ALIASES.items():
        if name in methods:
            methods[alias] = methods[name]

    base = structlog.make_filtering_bound_logger(minimum)
    return type("Logger", (base,), methods)


def _methods(name: str) -> dict[str, Callable[..., Any]]:
    def say(self: Any, event: Any = None, *arguments: Any, **fields: Any) -> None:
        text = event
        if arguments:
            text = _filled_in(event, arguments)
        self._proxy_to_logger(name, text, **fields)

    async def asay(self: Any, event: Any = None, *arguments: Any, **fields: Any) -> None:
        say(self, event, *arguments, **fields)

    return {name: say, f"a{name}": asay}


def _filled_in(event: Any, arguments: tuple[Any, ...]) -> str:
    try:
        values: Any = arguments
        first = arguments[0]
        if len(arguments) == 1 and isinstance(first, dict) and first:
            values = first  # "%(name)s", as the standard library has it

        filled = event % values
        return str(filled)
    except BaseException as error:  # noqa: BLE001 - as above
        reason = failure.one_line(error)
        return f"{event!s} <arguments: {reason}>"
