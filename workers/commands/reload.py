"""`hookline-workers run --reload`: for who develops, a worker that begins anew when code changes.

The worker is a process of its own: it ends in order, and the next one imports all anew. One that
cannot begin, for a mistake in the code, says so, and the next change is waited for.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import structlog

from runtime.child import Child, code_of_a_stop
from runtime.exit_codes import DONE
from runtime.lifetime import Ending, end_tasks
from runtime.processes import child_command
from workers.changes import Times, changed, times_in

log = structlog.get_logger()

LOOK_EVERY = 0.5
"""Seconds between two looks at the files."""
PATIENCE = 5.0
"""Seconds that handlers have to end before a change is taken up all the same."""
NAMED = 3
"""Files that a log line names at most."""


async def run_reloading(given: Sequence[str], admin_port: int, asked: Ending) -> int:
    """Run the same command without `--reload`, anew after each change, until asked to stop."""
    worker = _Worker(given, admin_port)
    while True:
        before = await asyncio.to_thread(times_in, Path())
        ended = await worker.start()
        changing = asyncio.create_task(_until_changed(before))
        stopping = asyncio.create_task(asked.stop.wait())
        try:
            await _first_of(ended, changing, stopping)
            if ended.done() and not asked.stop.is_set():
                log.error("worker.ended", code=ended.result(), hint="change the code to begin anew")
                await _first_of(changing, stopping)

            if asked.stop.is_set():
                return await worker.end_in_order(asked)
            log.info("worker.reloading", changed=changing.result()[:NAMED])
            await worker.end_soon()
        finally:
            await end_tasks([changing, stopping])


class _Worker:
    """The worker that runs now, or has ended."""

    def __init__(self, given: Sequence[str], admin_port: int) -> None:
        arguments = [word for word in given if not _is_reload(word)]
        self._command = child_command("workers", *arguments)
        self._child = Child(1, admin_port)
        self._ended: asyncio.Task[int]

    async def start(self) -> asyncio.Task[int]:
        """Start it; return the task that ends with its exit code."""
        process = await self._child.start(self._command, os.environ)
        self._ended = asyncio.create_task(process.wait())
        return self._ended

    async def end_soon(self) -> None:
        """End it, in order where that does not take long."""
        self._child.send(signal.SIGTERM)
        await asyncio.wait([self._ended], timeout=PATIENCE)
        self._child.send(signal.SIGUSR1)
        await self._ended

    async def end_in_order(self, asked: Ending) -> int:
        """End it as it would end by itself; return its exit code."""
        if self._ended.done():
            return DONE

        self._child.send(signal.SIGTERM)
        hurrying = asyncio.create_task(asked.hurry.wait())
        await _first_of(self._ended, hurrying)
        self._child.send(signal.SIGUSR1)
        code = await self._ended
        await end_tasks([hurrying])
        return code_of_a_stop(code)


async def _until_changed(before: Times) -> list[str]:
    """Return the files that have changed."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = await asyncio.to_thread(times_in, Path())
        files = changed(before, now)
        if files:
            return files


async def _first_of(
    *tasks: asyncio.Task[int] | asyncio.Task[list[str]] | asyncio.Task[bool],
) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


def _is_reload(word: str) -> bool:
    """Tell whether a word of the command line is `--reload`, or short for it."""
    return len(word) > len("--") and "--reload".startswith(word)
