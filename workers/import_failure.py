"""What is told of an author's module that cannot be imported: what went wrong, and where."""

import importlib
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import ModuleType
from typing import TypeGuard

from runtime.hiding import NAMES, told_hidden
from workers.consumer import BadConsumer
from workers.strategies import BadPolicy

_OURS = tuple(str(Path(__file__).parents[1] / name) for name in NAMES)
_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_IMPORTLIB = str(Path(importlib.__file__).parent)
_NOWHERE = "<"
"""What the name of a file begins with that is none, as of code that was made while it ran."""


def failed_import(error: BaseException, module: str) -> str:
    """Say what went wrong, where in the author's own code, and whether a name of ours is why."""
    where = _where(error)
    sought = _package_sought(error)
    hidden = told_hidden(sought)
    if not where and _is_missing(error, module):
        if hidden:
            return hidden
        folder = Path.cwd()
        nowhere = f"in {folder}, and none among the installed packages"
        return f"there is no module {error.name!r} {nowhere}"

    told = _text_of(error)
    if where:
        told = f"{where}: {told}"
    if hidden:
        told = f"{told} ({hidden})"
    return told


def _is_missing(error: BaseException, module: str) -> TypeGuard[ModuleNotFoundError]:
    """Tell whether the module itself, or a package that it is in, was not found."""
    if not isinstance(error, ModuleNotFoundError):
        return False

    package = f"{error.name}."
    return f"{module}.".startswith(package)


def _package_sought(error: BaseException) -> str:
    """Return the package in which an import, or `package.name`, found nothing."""
    match error:
        case ImportError(name=str(name)):
            return name.partition(".")[0]
        case AttributeError(obj=ModuleType(__name__=str(name))):
            return name.partition(".")[0]
        case _:
            return ""


def _text_of(error: BaseException) -> str:
    if isinstance(error, BadConsumer | BadPolicy):
        return str(error)
    if isinstance(error, SystemExit):
        advice = "what runs by itself goes under `if __name__ == …`"
        return f"it ends the process (SystemExit: {error.code}); {advice}"

    text = ""
    with suppress(Exception):  # an error whose text fails is told by its type
        text = str(error)
    if isinstance(error, SyntaxError):
        text = error.msg
    kind = type(error).__name__
    return f"{kind}: {text}"


def _where(error: BaseException) -> str:
    """Return file and line of the author's: the deepest outside libraries, else the deepest outside
    our own code.
    """
    if isinstance(error, SyntaxError) and error.filename:
        file = Path(error.filename)
        if file.is_file():
            return f"{error.filename}:{error.lineno}"

    stack = extract_tb(error.__traceback__)
    authors = _deepest_outside((_NOWHERE, *_OURS, *_LIBRARIES), stack)
    if authors:
        return authors
    return _deepest_outside((_NOWHERE, *_OURS, _IMPORTLIB), stack)


def _deepest_outside(folders: tuple[str, ...], stack: Iterable[FrameSummary]) -> str:
    """Return file and line of the last frame that is in no such folder; "" where all are."""
    where = ""
    for frame in stack:
        if not frame.filename.startswith(folders):
            where = f"{frame.filename}:{frame.lineno}"
    return where
