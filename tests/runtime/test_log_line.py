"""A log line comes out whatever is in it, on one line, bounded, and with nothing that a terminal
obeys.
"""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from runtime import logs
from runtime.log_line import MAX_LINE


class Unprintable:
    """An object of an author's with a bug."""

    def __str__(self) -> str:
        """Fail."""
        raise SystemExit(3)

    __repr__ = __str__


class Unspeakable(Exception):
    """An error of an author's with a bug."""

    def __str__(self) -> str:
        """Fail."""
        return f"{self.args[1]}"


def circular() -> list[Any]:
    """Return a list that holds itself."""
    ring: list[Any] = []
    ring.append(ring)
    return ring


ANYTHING = {
    "half a surrogate pair": "inv\udce9.csv",
    "integer keys": {41: 3},
    "keys of any kind": {None: 1, (1, 2): b"x", Unprintable(): 2},
    "an integer over 64 bits": 2**64,
    "an integer without end": 10**5000,
    "a structure that holds itself": circular(),
    "bytes": b"\xff\x00",
    "an object that cannot be printed": Unprintable(),
    "a list of them": [Unprintable(), {"deep": [Unprintable()]}],
    "an error that cannot be printed": Unspeakable("timeout"),
    "a time": datetime(2026, 11, 25, tzinfo=UTC),
    "not a number": float("nan"),
    "nothing": None,
    "colours, a forged line, a turn of direction": "\x1b[31mred\r\nforged\u202e\u2028\x9b2J",
    "megabytes": "x" * 3_000_000,
    "megabytes in many": ["x" * 1_000] * 3_000,
}
Log = Callable[..., str]


@pytest.fixture(params=[True, False], ids=["json", "text"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Log in one of the formats, and return what was written."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    logs.configure(as_json=request.param, level="INFO")
    logger = structlog.get_logger()

    def write(*event: Any, method: str = "warning", **fields: Any) -> str:
        getattr(logger, method)(*event, **fields)
        return stream.getvalue()

    yield write
    structlog.reset_defaults()
    root.handlers, root.level = before


@pytest.mark.parametrize("value", ANYTHING.values(), ids=ANYTHING)
@pytest.mark.parametrize("place", ["field", "event", "traceback", "positional"])
def test_a_line_comes_out_whatever_is_in_it(log: Log, value: Any, place: str) -> None:
    if place == "field":
        written = log("some.event", value=value)
    elif place == "event":
        written = log(value, other="some.event")
    elif place == "traceback":
        written = log("some.event", exc_info=value)
    else:
        written = log("some.event %d", value)
    assert "some.event" in written
    assert written.endswith("\n")
    assert place == "traceback" or 1 == written.count("\n")
    assert len(written) <= MAX_LINE + 1_000
    assert [] == [one for one in written if one != "\n" and not one.isprintable()]


@pytest.mark.parametrize(
    "name", ["level", "timestamp", "exception", "stack", "logger", "_record", "exc_info"]
)
def test_a_field_may_have_any_name(log: Log, name: str) -> None:
    assert "some.event" in log("some.event", **{name: {1: "\udce9"}})


def test_an_error_that_cannot_be_printed_is_logged_with_its_type_and_traceback(log: Log) -> None:
    try:
        raise Unspeakable("timeout")  # noqa: TRY301 - to be caught
    except Unspeakable:
        written = log("broken", method="exception")
    assert "Unspeakable: <no text: str() raised IndexError>" in written
    assert "test_an_error_that_cannot_be_printed" in written


def test_a_library_that_logs_with_wrong_arguments_is_heard_all_the_same(log: Log) -> None:
    (ours,) = [
        handler for handler in logging.getLogger().handlers if isinstance(handler, logs.Records)
    ]
    ours.handle(
        logging.makeLogRecord({"msg": "so many: %d", "args": ("none",), "levelname": "WARNING"})
    )
    assert "so many: %d <arguments: TypeError" in log("and.ours")


async def test_lines_of_the_loop_are_written_in_their_order(log: Log) -> None:
    log("first")
    log("second")
    await asyncio.sleep(0)
    written = log("third")
    assert written.index("first") < written.index("second")


async def test_a_line_of_another_thread_does_not_wait_for_the_loop(log: Log) -> None:
    log("from the loop")
    assert "from a thread" in await asyncio.to_thread(log, "from a thread")


@pytest.mark.parametrize("method", ["ainfo", "awarning", "aerror"])
async def test_a_line_that_is_awaited_comes_out_too(log: Log, method: str) -> None:
    await getattr(structlog.get_logger(), method)("some.event %d", "none")
    await asyncio.sleep(0)
    assert "some.event" in log("another")


def test_a_stream_that_is_closed_fails_nobody() -> None:
    stream = io.StringIO()
    stream.close()
    logs.Lines(stream).line("said to nobody")


def test_a_json_line_says_the_same_though_it_is_escaped(log: Log) -> None:
    written = log("some.event", text="a\x9b2J\u202e\U000e0041 é日本🎉")
    assert "é日本🎉" in written
    if written.startswith("{"):
        assert "a\x9b2J\u202e\U000e0041 é日本🎉" == json.loads(written)["text"]
