"""Printing to a reader that may leave before the end: `… | head -1`."""

import os
import select
import sys
from collections.abc import Callable

from runtime.exit_codes import FAILED
from runtime.streams import open_streams


def quietly_piped(command: Callable[[], int]) -> int:
    """Run a command that prints; where its reader has gone (`… | head -1`), end without a word."""
    open_streams()
    try:
        try:
            return command()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_is_gone():
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # the interpreter flushes once more
        return FAILED


def _reader_is_gone() -> bool:
    pipe = select.poll()
    pipe.register(sys.stdout, select.POLLOUT)

    gone = select.POLLERR | select.POLLHUP
    happened = pipe.poll(0)
    return any(events & gone for _, events in happened)
