"""Hookline's four packages beside an author's of the same name: which one Python takes, and the way
out.

Python takes the first on `sys.path`, and gives it to both: one of them then misses its own modules.
A folder without `__init__.py` hides nothing of ours, but ours hides it.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

NAMES = ("schemas", "runtime", "ingress", "workers")
_HOME = Path(__file__).resolve().parents[1]
"""The folder in which our packages lie side by side."""


def check_not_hidden(*names: str) -> None:
    """Raise ImportError where one of these packages of ours is hidden by an author's, which is not
    run for that.
    """
    for name in names:
        found = find_spec(name)
        if found is None or found.origin is None:
            continue

        origin = Path(found.origin)
        if origin.parent.resolve() == _HOME / name:
            continue

        theirs = origin.parent if origin.stem == "__init__" else origin
        raise ImportError(
            f"{theirs} hides Hookline's own `{name}`: {way_out(name)}, or take {theirs.parent} off "
            "the front of sys.path (PYTHONPATH; python -P; pytest --import-mode=importlib)",
            name=name,
            path=found.origin,
        )


def hidden_by_ours(name: str) -> Path | None:
    """Return the author's folder or module that cannot be imported by this name, for ours comes
    first.
    """
    if name not in NAMES:
        return None

    for place in map(Path, sys.path):
        folder = place.absolute() / name
        module = folder.with_suffix(".py")
        if folder.resolve() == _HOME / name:
            continue
        if module.is_file():
            return module
        if folder.is_dir() and any(folder.glob("*.py")):
            return folder
    return None


def told_hidden(name: str) -> str:
    """Return a sentence about what ours hides of the author's by this name; none, an empty one."""
    theirs = hidden_by_ours(name)
    if theirs is None:
        return ""
    return f"Hookline's own `{name}` comes before {theirs}: {way_out(name)}"


def way_out(name: str) -> str:
    """Return what an author can do whose package has the name of one of ours."""
    return f"put yours into a package of your own, as in shop.{name}"
