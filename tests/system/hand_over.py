"""Starts a command with a listening socket as its descriptor 3, as systemd does: sd_listen_fds(3).

python hand_over.py DESCRIPTOR COMMAND [ARGUMENT…]
"""

import os
import sys

SYSTEMDS = 3

if __name__ == "__main__":
    ours, *command = sys.argv[1:]
    os.dup2(int(ours), SYSTEMDS)
    told = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execve(command[0], command, os.environ | told)  # noqa: S606 - no shell is wanted
