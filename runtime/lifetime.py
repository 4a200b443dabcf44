"""A process's life: how it is asked to end, how it ends, and with which exit code.

    first signal  ──▶ `stop`:  the work drains and returns its code
    second signal ──▶ `hurry`: the drain ends at once
    neither helps ──▶ a thread ends the process: no handler, no library and no broker can keep it

A process alone takes SIGTERM and SIGINT for the same: the first is to stop, the second to hurry.

A process of several (`--processes`) is asked by its parent alone: SIGTERM to stop, SIGUSR1 to
hurry. A second SIGTERM changes nothing, because whoever stops a whole group or container signals
the parent and the children alike. SIGINT, which a terminal sends to all, is for the parent.
"""

import asyncio
import gc
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

import structlog

from runtime.early import HELD_BACK, PARENT, collect_garbage_rarely
from runtime.exit_codes import CUT_OFF, FAILED

PATIENCE = 1.0
"""Seconds until a task that did not end is cancelled once more: a library may have swallowed the
first.
"""
CANCELS = 3
"""How often a task is cancelled before it is left behind."""
LAST_WAIT = 2.0
"""Seconds that what handlers started besides has to end, at the very last."""
FORCE = 10.0
"""Seconds past the longest drain after which a process that still runs is ended by force."""
FORCE_HURRIED = 8.0
"""Seconds after the second signal until then: what is cut off gets its moment to hand back."""

log = structlog.get_logger()


class Ending:
    """What the signals have asked for; `limit`: seconds that an orderly end may take in all."""

    def __init__(self, limit: float) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._read_end, self._write_end = os.pipe()
        self._limit = limit
        self._was_asked = False

    def listen(self) -> None:
        """Take the signals from here on."""
        watch = threading.Thread(target=self._end_by_force, name="ending", daemon=True)
        watch.start()

        if PARENT in os.environ:
            signal.signal(signal.SIGTERM, self._asked_to_stop)
            signal.signal(signal.SIGUSR1, self._asked_to_hurry)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        else:
            signal.signal(signal.SIGTERM, self._asked)
            signal.signal(signal.SIGINT, self._asked)

    # Python runs these between two byte codes of the main thread, even of a blocked loop. No locks.

    def _asked(self, *_: object) -> None:
        if self.stop.is_set() or self._was_asked:
            self._asked_to_hurry()
        else:
            self._asked_to_stop()

    def _asked_to_stop(self, *_: object) -> None:
        if not self._was_asked:
            self._was_asked = True
            os.write(self._write_end, b"s")
            self._loop.call_soon_threadsafe(self.stop.set)

    def _asked_to_hurry(self, *_: object) -> None:
        self._asked_to_stop()
        os.write(self._write_end, b"h")
        self._loop.call_soon_threadsafe(self.hurry.set)

    def _end_by_force(self) -> None:
        # A signal that the kernel gives to another thread does not wake a main thread that sleeps.
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        os.read(self._read_end, 1)
        hurried, _, _ = select.select([self._read_end], [], [], self._limit + FORCE)
        if hurried:
            time.sleep(FORCE_HURRIED)
        with suppress(Exception):
            log.critical("process.ended_by_force", reason="what it ran did not let go")
            sys.stderr.flush()
        os._exit(CUT_OFF)


def listen_for_signals(limit: float) -> Ending:
    """Listen to the signals and return what they will have asked for; `limit` as of `Ending`."""
    ending = Ending(limit)
    ending.listen()
    return ending


def collect_nothing_of_what_is_here() -> None:
    """Tell the collector that what is here stays: it need not look at it again and again."""
    gc.freeze()
    collect_garbage_rarely()


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Cancel tasks and wait until they have ended, not for ever; return those that would not."""
    left = set(tasks)
    for _ in range(CANCELS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=PATIENCE)

    for task in left:
        name = getattr(task.get_coro(), "__qualname__", "")
        log.warning("task.left_behind", task=name)
    return left


async def first_end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Return once one of them has ended; raise what it raised. The others go on."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run a command's work on the fastest loop there is, and return its exit code."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        from asyncio import new_event_loop  # type: ignore[assignment]

    collect_nothing_of_what_is_here()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_to_the_end(work))


async def _to_the_end(work: Coroutine[Any, Any, int]) -> int:
    code = FAILED
    try:
        code = await work
    except Exception as error:
        if not await _end_the_rest():
            raise
        kind = type(error).__name__
        log.critical("process.failed", error=f"{kind}: {error}", exc_info=True)
        _leave_at_once(code)
    if await _end_the_rest():
        _leave_at_once(code)
    return code


async def _end_the_rest() -> bool:
    """Cancel the tasks that are left and wait for threads; tell whether something stays.

    The interpreter's own exit would wait for that for ever.
    """
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()

    threads = asyncio.create_task(loop.shutdown_default_executor())
    _, stay = await asyncio.wait([threads, *tasks], timeout=LAST_WAIT)
    if not stay:
        return False

    tasks_left = stay - {threads}
    log.warning("process.left_running", tasks=len(tasks_left), threads=threads in stay)
    await asyncio.sleep(0)  # the line is written
    return True


def _leave_at_once(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
