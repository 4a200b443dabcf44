"""Which process this is, as others are told."""

import os
import socket
from functools import lru_cache
from time import time
from uuid import uuid4

HOST = socket.gethostname()
STARTED_MS = int(time() * 1000)
"""Milliseconds since 1970."""

_LIFE = uuid4().hex[:8]
# In a container every process has the same number, and the next container the same host's name.
PROCESS = f"{HOST}:{os.getpid()}:{_LIFE}"
"""An id that no later process has."""


@lru_cache(maxsize=1)
def version() -> str:
    """Return which Hookline runs here."""
    from importlib.metadata import version as version_of

    return version_of("hookline")
