"""The example that books orders, in a process that kills itself at one line: the CRASH_LINE-th that
is run for the order CRASH_ORDER, of its handler, of the claim within it, or of the settling.
"""

import os
import signal
import sys
from types import CodeType, FrameType
from typing import Any

from shop.booking import booking
from workers import within
from workers.broker import settle
from workers.stores import transaction

FILES = {module.__file__ for module in (within, settle, transaction)}
ORDER = int(os.environ.get("CRASH_ORDER", "0"))
LINE = int(os.environ.get("CRASH_LINE", "0"))

__all__ = ["booking"]


class Killer:
    """Counts lines from the first of the handler on, when it is the order's turn."""

    def __init__(self) -> None:
        self.lines = 0
        self.is_armed = False

    def called(self, frame: FrameType, _: str, __: Any) -> Any:
        """Follow a function of interest line by line."""
        if self._is_of_interest(frame.f_code):
            return self.followed
        return None

    def followed(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count a line, and die at the one that was asked for."""
        if event == "line":
            order = frame.f_locals.get("order")
            if order is not None:
                self.is_armed = order.id == ORDER
            if self.is_armed:
                self.lines += 1
                if self.lines == LINE:
                    os.kill(os.getpid(), signal.SIGKILL)
        return self.followed

    def _is_of_interest(self, code: CodeType) -> bool:
        return code is booking.handler.__code__ or code.co_filename in FILES


if LINE:
    sys.settrace(Killer().called)
