"""The three standard streams, open whatever we were started with.

`2>&-` and some supervisors close them. The next file or socket that is opened would get a closed
one's number: what is printed went into it, and libuv ends a process that closes one of them.
"""

import os
import sys

_LAST = 2
_MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}
"""The streams in the order of their descriptors, from 0 on."""


def open_streams() -> None:
    """Have each of the streams that is closed lead nowhere.

    To be called before anything else is opened.
    """
    descriptor = _open_nowhere()
    while descriptor <= _LAST:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes it by position alone
        descriptor = _open_nowhere()
    os.close(descriptor)

    for number, (name, mode) in enumerate(_MODES.items()):
        is_missing = getattr(sys, name) is None
        if is_missing:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
            setattr(sys, name, stream)


def _open_nowhere() -> int:
    """Open what swallows everything, at the lowest number that is free."""
    return os.open(os.devnull, os.O_RDWR)
