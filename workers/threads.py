"""Running a plain handler in a thread of its own.

One that hangs takes no place in a pool, and holds up no exit.
"""

import asyncio
import contextlib
import contextvars
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from workers.left_behind import LeftBehind


class StillRuns(asyncio.CancelledError):
    """The wait for a thread was cancelled and the thread runs on; the message tells where it is."""


async def in_thread(work: Callable[[], Any], hanging: LeftBehind, limit: int) -> Any:
    """Return what the work returns, or what it raises: both mean the same here.

    Cancelled, it leaves the thread behind, where it counts towards `limit` until it ends, and
    raises StillRuns.
    """
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def finish(value: Any) -> None:
        if done.cancelled():
            hanging.leave()
        else:
            done.set_result(value)

    def run_and_tell(work: Callable[[], Any]) -> None:
        try:
            value = context.run(work)
        except BaseException as raised:  # noqa: BLE001 - carried over
            value = raised
        try:
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
                loop.call_soon_threadsafe(finish, value)
        finally:
            # The frames of an error hold this one: it would keep both for as long as a cycle lives.
            del work, value

    context = contextvars.copy_context()
    thread = threading.Thread(target=run_and_tell, args=(work,), name="handler", daemon=True)
    thread.start()
    try:
        return await done
    except asyncio.CancelledError:
        if not done.cancelled():  # it ended in the same turn
            raise
        hanging.enter(limit)
        raise StillRuns(_stack(thread)) from None


def _stack(thread: threading.Thread) -> str:
    frames = sys._current_frames()  # noqa: SLF001 - the documented way to look at a thread
    frame = frames.get(thread.ident or 0)
    if frame is None:
        return "its thread is ending"

    return "its thread stands here:\n" + "".join(traceback.format_stack(frame))
