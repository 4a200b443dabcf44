"""One of several processes of ours, as its parent sees it: how it starts, answers and ends."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp
import structlog

from runtime.early import HELD_BACK, PARENT
from runtime.environment import overriding
from runtime.exit_codes import DONE, FAILED

log = structlog.get_logger()

NO_STATUS = 0
"""Stands for the HTTP status where there was no answer."""
_SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


class AdminAnswer(NamedTuple):
    """What a process answers on its admin port, or why it did not."""

    number: int
    status: int
    text: str


@dataclass(slots=True)
class Child:
    """One process; its admin page is on the loopback, for the parent."""

    number: int
    admin_port: int
    process: asyncio.subprocess.Process | None = None

    async def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        given: socket.socket | None = None,
    ) -> asyncio.subprocess.Process:
        """Start the process, and return it; what was `given` to its parent, it has too."""
        parent = os.getpid()
        own = overriding(environment, admin_port=str(self.admin_port))
        own[PARENT] = str(parent)
        prepare = _as_child_of(parent)
        descriptors: list[int] = []
        if given is not None:
            descriptors.append(given.fileno())
        process = await asyncio.create_subprocess_exec(
            *command, env=own, preexec_fn=prepare, pass_fds=descriptors
        )
        log.info("process.started", process=self.number, pid=process.pid)
        self.process = process
        return process

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal, where it runs."""
        if self.process is None or self.process.returncode is not None:
            return

        with suppress(ProcessLookupError):  # it has ended this moment
            self.process.send_signal(number)

    async def ask(self, session: aiohttp.ClientSession, page: str) -> AdminAnswer:
        """Return what the process answers on its admin port; raises nothing."""
        url = f"http://127.0.0.1:{self.admin_port}{page}"
        try:
            async with session.get(url) as answer:
                text = await answer.text()
                return AdminAnswer(self.number, answer.status, text)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = type(error).__name__
            return AdminAnswer(self.number, NO_STATUS, f"# no answer: {reason}")


def code_of_a_stop(code: int) -> int:
    """Return the exit code that counts for a process that was asked to stop.

    One that our own signal has ended did as it was told; ended by another signal, it failed.
    """
    ended_by_us = (-signal.SIGTERM, -signal.SIGUSR1)
    if code in ended_by_us:
        return DONE
    if code < 0:
        return FAILED
    return code


def _as_child_of(parent: int) -> Callable[[], None]:
    """Return what a child does before it becomes the command, as `preexec_fn` wants it."""

    def prepare() -> None:
        # Signals wait until the child can answer them.
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        if sys.platform != "linux":
            return

        # The kernel ends the child with its parent. The parent may have ended before that; in a
        # container its number may well be 1.
        libc = ctypes.CDLL(None)
        libc.prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(FAILED)

    return prepare
