"""Which names a new project may have: it is a folder, a Python package, and an app."""

from importlib.util import find_spec
from keyword import iskeyword

from runtime.hiding import NAMES
from schemas.given_names import BadName, check_name

TAKEN = frozenset({"tests", "docs"})
"""Folders that the project has besides."""


class BadProjectName(ValueError):
    """A project cannot be called so; the message says why and how it could be."""


def check_project_name(name: str) -> None:
    """Raise BadProjectName where a name is no package's, or is somebody else's already."""
    if not name.isidentifier() or iskeyword(name):
        raise BadProjectName(
            f"{name!r:.80} is no name of a Python package; take a word such as shop or my_shop"
        )

    try:
        check_name("app", name)
    except BadName as error:
        raise BadProjectName(f"it is the app's name too: {error}") from error

    if name in NAMES:
        raise BadProjectName(
            f"{name!r} is one of Hookline's own packages; take another, such as shop"
        )
    if name in TAKEN:
        raise BadProjectName(
            f"the project has a folder {name!r} for another use; take another name"
        )
    if find_spec(name) is not None:
        raise BadProjectName(
            f"there is a Python package {name!r} already, which would hide yours or be hidden by "
            "it; take another name"
        )
