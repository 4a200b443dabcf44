"""SIGHUP: have the settings of apps read again."""

import asyncio
import signal
from collections.abc import Callable

from runtime.early import is_on_terminal


def at_hang_up(act: Callable[[], None]) -> None:
    """Act at each SIGHUP from here on. On a terminal it says that the terminal is gone, and ends
    the process as it ends others.
    """
    if is_on_terminal():
        return
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, act)
