"""The first moments of a process, before anything large is imported: a signal ends it, code 0.

Imports nothing but what costs nothing: until a handler stands, a signal ends the process by itself,
and whoever sent it takes the exit code for a crash.
"""

import gc
import os
import signal
import threading
from types import FrameType

from runtime.exit_codes import DONE

PARENT = "_HOOKLINE_PARENT"
"""The variable with the process id of the command that started this process as one of several."""
HELD_BACK = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)
"""Signals that a parent blocks for a process that it starts, until that one can answer."""
_STDERR = 2
GARBAGE = 20_000
"""New objects until Python looks for garbage. At its own 700 it looks two or three times in a
request.
"""
GARBAGE_AT_START = 200_000
"""The same while a command is imported: what is made then stays, and there is nothing to find."""


def collect_garbage_rarely(objects: int = GARBAGE) -> None:
    """Have the collector look at new objects once there are so many of them."""
    gc.set_threshold(objects)


def is_on_terminal() -> bool:
    """Tell whether we talk to a terminal; a stream that is closed is none."""
    return os.isatty(_STDERR)


def answer_signals_early(*, reads_again: bool = False) -> None:
    """Let SIGTERM and SIGINT end the process, exit code 0, until an `Ending` listens.

    There is nothing to drain yet. Whoever reads settings again at SIGHUP is about to read them, and
    passes one over; on a terminal it says that the terminal is gone.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    if reads_again and not is_on_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if PARENT in os.environ:
        signal.signal(signal.SIGUSR1, _leave)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)


def _leave(_number: int, _frame: FrameType | None) -> None:
    # Not by an exception: raised while a library written in C is being imported, as orjson is, it
    # ends the process by a segmentation fault, or is lost.
    os._exit(DONE)
