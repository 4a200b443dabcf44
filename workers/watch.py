"""Tells that a handler holds the event loop up, while it does.

A thread of its own asks the loop for a sign.
While the loop stands, nothing of ours runs: no other handler, no heartbeat, and after two
heartbeats the broker gives the link up. Nothing is asked of a delivery for this: the task that runs
says by its name whose handler it is.
"""

import asyncio
import sys
import sysconfig
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType

import structlog

from workers.telemetry import BLOCKED

log = structlog.get_logger()

ASK_LOOP_EVERY = 0.25
"""Seconds between two questions."""
LONG = 1.0
"""Seconds without an answer after which the loop is blocked."""
NAME_AGAIN_AFTER = 60.0
"""Seconds until the same consumer is named again; each time is counted."""
HINT = "what takes long belongs into a plain def, which runs in a thread, or behind an await"

_OURS = (str(Path(__file__).parents[0]), str(Path(__file__).parents[1] / "runtime"))
_OTHERS = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_NOT_THE_AUTHORS = (*_OURS, *_OTHERS, "<frozen")


@contextmanager
def watching(names: Collection[str]) -> Iterator[None]:
    """Watch the running loop, inside the block; `names` are the consumers', as of their tasks."""
    watch = _Watch(asyncio.get_running_loop(), names)
    thread = threading.Thread(target=watch.ask_until_stopped, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.stopped.set()


class _Watch:
    """Made in the loop's thread, run in another."""

    def __init__(self, loop: asyncio.AbstractEventLoop, names: Collection[str]) -> None:
        self.stopped = threading.Event()
        self._loop = loop
        self._thread = threading.get_ident()
        self._names = names
        self._said: dict[str, float] = {}

    def ask_until_stopped(self) -> None:
        """Ask until stopped, or until the loop is closed."""
        while not self.stopped.wait(ASK_LOOP_EVERY):
            sign = threading.Event()
            try:
                self._loop.call_soon_threadsafe(sign.set)
            except RuntimeError:
                return
            if sign.wait(LONG):
                continue

            self._tell_blocked(late=sign.is_set())
            while not self.stopped.is_set():
                if sign.wait(ASK_LOOP_EVERY):
                    break

    def _tell_blocked(self, *, late: bool) -> None:
        """Count and log who blocks the loop.

        `late` says that the loop goes on by now: C code had let no other thread run before.
        """
        consumer = ""
        at = ""
        if not late:
            consumer = self._running()
            at = self._where()
        blocked = BLOCKED.labels(consumer or "unknown")
        blocked.inc()

        now = monotonic()
        last_said = self._said.get(consumer, -NAME_AGAIN_AFTER)
        if now - last_said < NAME_AGAIN_AFTER:
            return

        self._said[consumer] = now
        log.warning(
            "loop.blocked",
            consumer=consumer,
            at=at,
            seconds=LONG,
            hint=HINT,
        )

    def _running(self) -> str:
        """Return the consumer whose task runs; the empty string where it is nobody's."""
        task = asyncio.current_task(self._loop)
        if task is None:
            return ""

        name = task.get_name()
        if name in self._names:
            return name
        return ""

    def _where(self) -> str:
        frames = sys._current_frames()  # noqa: SLF001 - there is no other way
        frame = frames.get(self._thread)
        if frame is None:
            return ""
        return place(frame)


def place(frame: FrameType) -> str:
    """Return where a thread is: the innermost line of the author's own, or of all."""
    one: FrameType | None = frame
    while one is not None:
        if not one.f_code.co_filename.startswith(_NOT_THE_AUTHORS):
            return _line(one)
        one = one.f_back
    return _line(frame)


def _line(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}"
