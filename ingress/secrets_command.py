"""Secrets that a command prints, as a vault's does: without a shell, bounded in time and output."""

import os
import selectors
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import IO, Any

from runtime.setting_types import is_unset, kind
from runtime.settings import Place
from runtime.wrong_settings import wrong_value

TIMEOUT = 10.0
"""Seconds that the command may take."""
MOST = 64 * 1024
"""Bytes that it may print."""
BY_HAND = "run it by hand as the same user to see what it says"


class CommandFailed(ValueError):
    """The command printed no secrets; the message says why, and nothing that it printed."""


def with_printed(
    values: Mapping[str, Any], place: Place, problems: list[str]
) -> dict[str, Any] | None:
    """Return an app's values with the secrets that the command of `secrets_command` prints, where
    there is one; None where that failed, and what is wrong is added to the problems.
    """
    told = dict(values)
    command = told.pop("secrets_command", None)
    if command is None or is_unset(command):
        return told

    wrong = ""
    try:
        arguments = _arguments(command)
        if "secrets" in told:
            wrong = f"{place.name('secrets')} is set too; keep one"
        else:
            told["secrets"] = printed_by(arguments)
    except CommandFailed as error:
        wrong = str(error)

    if wrong:
        problems.append(wrong_value(place, "secrets_command", command, wrong))
        return None
    return told


def _arguments(command: Any) -> list[str]:
    if isinstance(command, list) and all(isinstance(part, str) for part in command):
        return command
    if not isinstance(command, str):
        raise CommandFailed(f"a text or a list of texts is wanted, not {kind(command)}")
    try:
        return shlex.split(command)
    except ValueError as error:
        raise CommandFailed(f"it cannot be taken apart: {error}") from None


def printed_by(arguments: Sequence[str], timeout: float = TIMEOUT) -> str:
    """Return what the command prints; raises CommandFailed."""
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and who sets the command owns the secrets
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandFailed(f"it cannot be run: {reason}") from None

    with process:
        try:
            return _read(process, monotonic() + timeout, timeout)
        except CommandFailed:
            _end(process)
            raise


def _read(process: subprocess.Popen[bytes], deadline: float, timeout: float) -> str:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    printed = _all_of(process.stdout, deadline)
    if printed is not None and len(printed) > MOST:
        raise CommandFailed(f"it printed more than {MOST} bytes")

    try:
        code = process.wait(max(0.0, deadline - monotonic()))
    except subprocess.TimeoutExpired:
        code = None

    if printed is None or code is None:
        raise CommandFailed(f"it took longer than {timeout:g} s")
    if code:
        raise CommandFailed(f"its exit code was {code}; {BY_HAND}")
    if not printed.strip():
        raise CommandFailed(f"it printed nothing; {BY_HAND}")
    return printed.decode(errors="surrogateescape").strip()


def _all_of(pipe: IO[bytes], deadline: float) -> bytes | None:
    """Return what comes up to the end, or more than is taken; None where that takes too long."""
    printed = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while len(printed) <= MOST:
            if not selector.select(max(0.0, deadline - monotonic())):
                return None
            piece = os.read(pipe.fileno(), MOST)
            if not piece:
                break
            printed += piece
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """End whatever still runs of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
