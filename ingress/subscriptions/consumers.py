"""The topics that an app's consumers take, asked of `hookline-workers docs`.

The ingress imports neither workers nor an author's code. What consumers take, the other command
says, in a document that others read too: it is run beside us, or what it has written is read.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import orjson

from ingress.subscriptions.wanted import Topics, Unwanted, topics_of
from runtime.environment import overriding
from runtime.processes import child_command
from runtime.settings import SettingsError
from schemas.printable import cut_to_end, printable

PATIENCE = 120
"""Seconds that the other command may take: it imports what an author has written."""
_SAID = 500
"""Bytes of what it says that are shown."""


def topics_of_modules(modules: Sequence[str], app: str) -> Topics:
    """Return the topics of the consumers in these modules; raises SettingsError."""
    command = child_command("workers", "docs", *modules)
    called = f"--consumers: `hookline-workers docs {' '.join(modules)}`"
    environment = overriding(os.environ, app=app)
    try:
        done = subprocess.run(  # noqa: S603 - our own command; the modules are the operator's words
            command, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(f"{called} has not ended within {PATIENCE} s") from None

    if done.returncode:
        said = printable(done.stderr.decode(errors="replace").strip())
        raise SettingsError(f"{called}: {cut_to_end(said, _SAID)}")
    return _topics(done.stdout, called)


def topics_of_file(path: Path) -> Topics:
    """Return the topics of a document that the other command has written; raises SettingsError."""
    try:
        written = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"--asyncapi {path}: {error.strerror}") from None
    return _topics(written, f"--asyncapi {path}")


def _topics(document: bytes, called: str) -> Topics:
    try:
        return topics_of(orjson.loads(document))
    except orjson.JSONDecodeError:
        raise SettingsError(f"{called}: not JSON") from None
    except Unwanted as error:
        raise SettingsError(f"{called}: {error}") from None
