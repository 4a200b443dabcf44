"""Who gives an order, as the control log tells of it."""

import getpass
import os
import socket


def this_operator() -> str:
    """Return `user@host` of this process; a user without a name by number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = str(os.getuid())
    host = socket.gethostname()
    return f"{user}@{host}"
