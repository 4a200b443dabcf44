"""`hookline-workers dead-letters show ID --as-test`: a dead letter as a test that fails."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from schemas.undecodable import Undecodable
from workers.letter import Letter
from workers.letter_trial import body_name, masked_body, modules_in, trial_source
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
    module = _module_of(traceback)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SettingsError(f"{file} is there already: move it away first") from error
    with os.fdopen(descriptor, "wb") as held:
        held.write(masked)

    print(trial_source(letter, module or UNKNOWN), end="")
    print(f"its body, masked, is in {file}", file=sys.stderr)
    if not module:
        print(f"put the module of {letter.consumer} in the place of {UNKNOWN}", file=sys.stderr)


def _folder() -> Path:
    """Return the folder of the file that standard output goes to; else the current one."""
    try:
        target = STDOUT.readlink()
    except OSError:
        return Path()
    if target.is_file():
        return target.parent
    return Path()


def _module_of(traceback: str) -> str:
    """Return the first module of a traceback that can be imported from here, and is not ours.

    The empty text where there is none.
    """
    if "" not in sys.path:
        sys.path.append("")

    for name in modules_in(traceback):
        if name.partition(".")[0] in ("workers", "schemas", "runtime", "ingress"):
            continue
        if _is_there(name):
            return name
    return ""


def _is_there(name: str) -> bool:
    here = Path(*name.split("."))
    if not here.with_suffix(".py").is_file():
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
