"""Which of the server's libraries a node is shown.

It looks for each of its 900 modules in one library's folder after the other, and of the 70 that
come with it uses 20. Shown no more than those, and the fullest first, it starts with two thirds
of the work.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

FULLEST = ("kernel", "stdlib", "rabbit", "rabbit_common", "ssl", "inets", "compiler", "ra")
"""Where most modules are found, in this order."""

_APPLICATIONS = re.compile(r"\{\s*applications\s*,\s*\[([^\]]*)\]")


def show(libraries: Path, wanted: Iterable[str], folder: Path) -> None:
    """Make the folder, of links to the libraries that are wanted and to what they are made of.

    One that is not there is left out: Erlang's own lie elsewhere.
    """
    there = _in(libraries)
    needed = _with_what_they_are_made_of(wanted, there)

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in needed:
        library = there[name]
        (folder / library.name).symlink_to(library)


def fullest(places: Iterable[Path]) -> list[str]:
    """Return the folders of modules to look into first, of the libraries in these places."""
    there = dict[str, Path]()
    for place in places:
        there |= _in(place)
    return [str(there[name] / "ebin") for name in FULLEST if name in there]


def _in(place: Path) -> dict[str, Path]:
    """Return the libraries that lie in a folder, by their names without a version."""
    return {library.name.partition("-")[0]: library for library in place.glob("*/")}


def _with_what_they_are_made_of(wanted: Iterable[str], there: dict[str, Path]) -> set[str]:
    needed = set[str]()
    asked = list(wanted)
    while asked:
        name = asked.pop()
        if name in there and name not in needed:
            needed.add(name)
            asked.extend(_made_of(name, there[name]))
    return needed


def _made_of(name: str, library: Path) -> Iterator[str]:
    """Yield the names of what a library is made of, as its own description says."""
    description = (library / "ebin" / f"{name}.app").read_text()
    for listed in _APPLICATIONS.findall(description):
        yield from re.findall(r"\w+", listed)
