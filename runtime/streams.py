"""The three standard streams, open whatever we were started with: `2>&-` and some supervisors close
them.

The next file or socket that is opened would get a closed one's number: what is printed went into
it, and libuv ends a process that closes one of them.
"""

import os
import sys

_LAST = 2
_STREAMS = {"stdin": (0, "r"), "stdout": (1, "w"), "stderr": (2, "w")}


def open_streams() -> None:
    """Have each of the streams that is closed lead nowhere.

    To be called before anything else is opened.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        os.set_inheritable(number, True)  # noqa: FBT003 - it takes it by position alone
    os.close(number)

    for name, (number, mode) in _STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for good
