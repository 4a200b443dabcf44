"""What is told of an author's module that cannot be imported: what went wrong, and where."""

import importlib
import sysconfig
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TypeGuard

from runtime.hiding import NAMES, told_hidden
from workers.consumer import BadConsumer
from workers.strategies import BadPolicy

_OURS = tuple(str(Path(__file__).parents[1] / name) for name in NAMES)
_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def failed_import(error: BaseException, module: str) -> str:
    """Say what went wrong, where in the author's own code, and whether a name of ours is why."""
    where = _where(error)
    hidden = told_hidden(_package_sought(error))
    if not where and _is_missing(error, module):
        if hidden:
            return hidden
        nowhere = f"in {Path.cwd()}, and none among the installed packages"
        return f"there is no module {error.name!r} {nowhere}"

    text = f"{where}: {_text_of(error)}" if where else _text_of(error)
    return f"{text} ({hidden})" if hidden else text


def _is_missing(error: BaseException, module: str) -> TypeGuard[ModuleNotFoundError]:
    """Tell whether the module itself, or a package that it is in, was not found."""
    return isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")


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
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # noqa: BLE001 - an error whose text fails is told by its type
        text = ""
    return f"{type(error).__name__}: {text}"


def _where(error: BaseException) -> str:
    """Return file and line of the author's: the deepest outside libraries, else the deepest outside
    our own code.
    """
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        return f"{error.filename}:{error.lineno}"

    frames = [
        frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<")
    ]
    for others in ((*_OURS, *_LIBRARIES), (*_OURS, str(Path(importlib.__file__).parent))):
        theirs = [frame for frame in frames if not frame.filename.startswith(others)]
        if theirs:
            return f"{theirs[-1].filename}:{theirs[-1].lineno}"
    return ""
