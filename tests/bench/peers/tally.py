"""Which messages a worker has handled, and how often: a byte for each number, in a file that the
bench reads.
"""

import mmap
import os
from pathlib import Path

FIRST = 1_000_000_000

_path = os.environ.get("TALLY")
_bytes = mmap.mmap(os.open(_path, os.O_RDWR), 0) if _path and Path(_path).stat().st_size else None


def seen(number: int | str) -> None:
    """Note that the message of this number has been handled."""
    assert _bytes is not None
    _bytes[int(number) - FIRST] += 1
