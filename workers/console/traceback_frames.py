"""A traceback folded to the frames of the author's own code. Pure.

File "/srv/shop/consumers.py", line 24, in erp
  tax_of(delivery.payload)
  ^^^^^^^^^^^^^^^^^^^^^^^^
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from pathlib import Path, PurePosixPath

OURS = Path(__file__).parents[2]
"""Where the packages of Hookline stand."""
PACKAGES = ("schemas", "runtime", "ingress", "workers")

NO_FRAME = 1_000_000
"""Nothing is as far to the right."""

_FRAME = re.compile(r'\s*(?:\| +)?File "(.+)", line (\d+), in (.+)')
_OF_OTHERS = ("/site-packages/", "/dist-packages/", "/lib/python3", "<frozen ", "<string>")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a traceback that are shown together; `frames` is 0 for what is no frame."""

    text: str
    frames: int
    is_authors: bool

    @property
    def is_folded(self) -> bool:
        """Whether nobody misses it who looks for the author's mistake."""
        return bool(self.frames) and not self.is_authors


def folded(traceback: str) -> tuple[Lines, ...]:
    """Return a traceback in pieces; where no frame is the author's, none is folded."""
    pieces = tuple(_pieces(traceback.splitlines()))
    if any(piece.is_authors for piece in pieces):
        return pieces
    if not traceback:
        return ()

    text = traceback.rstrip("\n")
    return (Lines(text, 0, is_authors=False),)


def _pieces(lines: Iterable[str]) -> Iterator[Lines]:
    for kind, group in groupby(_blocks(lines), _kind):
        blocks = list(group)
        text = "\n".join(map("\n".join, blocks))
        frames = 0
        if kind is not _Kind.BETWEEN:
            frames = len(blocks)
        yield Lines(text, frames, is_authors=kind is _Kind.OWN)


class _Kind(Enum):
    """Whose a frame is; or that it is none."""

    OWN = auto()
    OTHERS = auto()
    BETWEEN = auto()


def _kind(block: list[str]) -> _Kind:
    match = _FRAME.fullmatch(block[0])
    if match is None:
        return _Kind.BETWEEN
    if _is_authors(match[1]):
        return _Kind.OWN
    return _Kind.OTHERS


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield each frame with the lines below it, and what stands between as lines of its own."""
    block: list[str] = []
    indent = NO_FRAME
    for line in lines:
        depth = _depth(line)
        is_frame = _FRAME.fullmatch(line) is not None
        is_below = depth > indent and not is_frame
        if block and not is_below:
            yield block
            block = []
            indent = NO_FRAME

        if is_frame:
            indent = depth
        block.append(line)
    if block:
        yield block


def _depth(line: str) -> int:
    bare = line.lstrip(" |")
    return len(line) - len(bare)


def _is_authors(path: str) -> bool:
    if any(mark in path for mark in _OF_OTHERS):
        return False
    return not _is_ours(path)


def _is_ours(path: str) -> bool:
    """Tell whether a file of another host is one of Hookline's, by the end of its path."""
    parts = PurePosixPath(path).parts
    for at, part in enumerate(parts):
        if part not in PACKAGES:
            continue
        here = OURS.joinpath(*parts[at:])
        if here.is_file():
            return True
    return False
