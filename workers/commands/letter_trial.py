"""`hookline-workers dead-letters show ID --as-test`: a dead letter as a test that fails."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from schemas.undecodable import Undecodable
from workers.letter import Letter
from workers.letter_trial import (
    body_name,
    function_called,
    function_in,
    masked_body,
    modules_in,
    trial_source,
)
from workers.settings import SettingsError

STDOUT = Path("/proc/self/fd/1")
"""Where Linux shows what standard output is."""
UNKNOWN = "consumers"
"""The module that stands there where nothing tells which."""


def write_test(letter: Letter, properties: ReceivedProperties, body: bytes) -> None:
    """Print a test of a letter, and write its body, masked, beside where that goes.

    Raises SettingsError where the body cannot be read, or its file is there already.
    """
    try:
        masked = masked_body(body, properties.content_type or "")
    except Undecodable as error:
        raise SettingsError(
            f"nothing in the body can be masked, so it makes no test: {error}; "
            "`dead-letters export` writes it down as it is"
        ) from error

    file = _folder() / body_name(letter)
    traceback = webhook_headers.text(properties.headers, webhook_headers.TRACEBACK)
    module, function = _home_of(letter.consumer, traceback)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SettingsError(f"{file} is there already: move it away first") from error
    with os.fdopen(descriptor, "wb") as held:
        held.write(masked)

    print(trial_source(letter, module or UNKNOWN, function), end="")
    print(f"its body, masked, is in {file}", file=sys.stderr)
    if not function:
        here = f"{module or UNKNOWN} and {function_called(letter.consumer)}"
        print(f"put the module and the function of {letter.consumer} for {here}", file=sys.stderr)


def _folder() -> Path:
    """Return the folder of the file that standard output goes to; else the current one."""
    try:
        target = STDOUT.readlink()
    except OSError:
        return Path()
    if target.is_file():
        return target.parent
    return Path()


def _home_of(consumer: str, traceback: str) -> tuple[str, str]:
    """Return module and function of a consumer, by the traceback of a letter.

    Where no module of it has such a function, it is the first one and the empty text; where none
    can be imported from here, both are.
    """
    if "" not in sys.path:
        sys.path.append("")

    names = [name for name in modules_in(traceback) if _is_there(name)]
    for name in names:
        source = _file_of(name).read_text(errors="replace")
        function = function_in(source, consumer)
        if function:
            return name, function
    return next(iter(names), ""), ""


def _file_of(module: str) -> Path:
    path = Path(*module.split("."))
    return path.with_suffix(".py")


def _is_there(name: str) -> bool:
    """Tell whether a module can be imported from here, and is not ours."""
    package, _, _ = name.partition(".")
    if package in ("workers", "schemas", "runtime", "ingress"):
        return False
    if not _file_of(name).is_file():
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
