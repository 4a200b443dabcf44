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
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= _LAST:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes it by position alone
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)

    for name, (number, mode) in _STREAMS.items():
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
            setattr(sys, name, stream)
