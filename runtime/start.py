"""Where the commands begin: able to answer a signal before they import what they need."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

from runtime.early import GARBAGE_AT_START, answer_signals_early, collect_garbage_rarely
from runtime.exit_codes import BAD_USAGE


def ingress() -> int:
    """Run `hookline-ingress` and return its exit code."""
    return _begin("ingress", sys.argv[1:])


def workers() -> int:
    """Run `hookline-workers` and return its exit code."""
    return _begin("workers", sys.argv[1:])


def _begin(package: str, arguments: Sequence[str]) -> int:
    collect_garbage_rarely(GARBAGE_AT_START)
    if _serves(package, arguments):
        answer_signals_early(reads_again=package == "ingress")

    from runtime.hiding import check_not_hidden

    try:
        check_not_hidden("schemas", package)
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_USAGE

    # by name: this floor knows of no package above it
    command = import_module(f"{package}.__main__")
    gc.freeze()  # else it is all looked through once more when the process ends
    code = command.main(arguments)
    return int(code)


def _serves(package: str, arguments: Sequence[str]) -> bool:
    """Tell whether the command runs until it is stopped.

    Others are cut off by a signal, and that is no success.
    """
    first = next(iter(arguments), "")
    if package == "workers":
        return first == "run"
    return first in ("", "serve", "--processes") or arguments[:2] == ["subscriptions", "watch"]


if __name__ == "__main__":  # one of several processes, told which command it is
    sys.exit(_begin(sys.argv[1], sys.argv[2:]))
