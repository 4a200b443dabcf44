"""Crews for systemd: for each an instance of `hookline-worker@.service`, with its own drop-in."""

from collections.abc import Iterable

from workers.consumer import BadConsumer
from workers.deployment.crews import Crew
from workers.deployment.stopping import Stopping, stopping

UNITS = "/etc/systemd/system"
"""Where an administrator's units lie."""
FILE = "crew.conf"
MAX_FILE_NAME = 255

_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.")


def drop_ins(crews: Iterable[Crew], *, program: str, drain_timeout: float) -> dict[str, str]:
    """Return the drop-ins by their paths below `UNITS`; the same input gives the same bytes.

    `program` is the path of `hookline-workers`. Raises BadConsumer where a name is too long for a
    unit.
    """
    files = {}
    for crew in crews:
        unit = unit_of(crew)
        stop = stopping(crew.longest_timeout, drain_timeout)
        files[f"{unit}.d/{FILE}"] = _drop_in(crew, unit, stop, program)
    return files


def as_one_text(files: dict[str, str]) -> str:
    """Return the files one after the other as `systemctl cat` shows them, each under its path."""
    shown = [f"# {UNITS}/{path}\n{text}" for path, text in files.items()]
    return "\n".join(shown)


def unit_of(crew: Crew) -> str:
    """Return the unit's name; raises BadConsumer where it is too long to be one."""
    unit = f"hookline-worker@{escaped(crew.instance)}.service"
    length = len(f"{unit}.d")
    if length > MAX_FILE_NAME:
        raise BadConsumer(
            f"{crew.instance}: systemd has room for {MAX_FILE_NAME} characters, and the folder of "
            f"its unit would have {length}; give the consumer a shorter name=, with _ for each -"
        )
    return unit


def escaped(instance: str) -> str:
    r"""Return an instance's name as `systemd-escape` does: `/` as `-`, and `-` as `\x2d`."""
    return "".join(_escaped(character) for character in instance)


def _escaped(character: str) -> str:
    if character == "/":
        return "-"
    if character in _KEPT:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def _drop_in(crew: Crew, unit: str, stop: Stopping, program: str) -> str:
    # The setting stands in the command: a file of the template's EnvironmentFile= would overrule
    # Environment=, with an empty value too.
    command = " ".join([program, *crew.arguments])
    return f"""\
# Written by `hookline-workers deploy systemd`. Write it again when consumers have changed.
# Queues: {crew.queues}
# Time to end: {stop.because}
# Start it: systemctl daemon-reload; systemctl enable --now '{unit}'
[Unit]
Description=Hookline worker: {crew.instance}

[Service]
ExecStart=
ExecStart=/usr/bin/env HOOKLINE_DRAIN_TIMEOUT={stop.drain_setting} \\
  {command} --processes ${{PROCESSES}}
TimeoutStopSec={stop.grace}
"""
