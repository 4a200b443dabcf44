"""The exit codes of both commands."""

DONE = 0
"""Done; of a process that was stopped: it ended as asked."""
FAILED = 1
BAD_USAGE = 2
"""The command line or the settings are wrong."""
CUT_OFF = 3
"""The drain ended before the work did."""
DIFFERS = 3
"""Of commands that compare: the broker holds something else."""
