"""A traceback folded to the frames of the author's own code. Pure.

File "/srv/shop/consumers.py", line 24, in erp
  tax_of(delivery.payload)
  ^^^^^^^^^^^^^^^^^^^^^^^^
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath

OURS = Path(__file__).parents[2]
"""Where the packages of Hookline stand."""
PACKAGES = ("schemas", "runtime", "ingress", "workers")

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
    return (Lines(traceback.rstrip("\n"), 0, is_authors=False),) if traceback else ()


def _pieces(lines: Iterable[str]) -> Iterator[Lines]:
    for (is_frame, is_authors), group in groupby(_frames(lines), _kind):
        blocks = list(group)
        text = "\n".join("\n".join(block) for block in blocks)
        yield Lines(text, len(blocks) if is_frame else 0, is_authors)


def _kind(block: list[str]) -> tuple[bool, bool]:
    match = _FRAME.fullmatch(block[0])
    if match is None:
        return False, False
    return True, _is_authors(match[1])


def _frames(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield each frame with the lines below it, and what stands between as lines of its own."""
    block: list[str] = []
    indent = 0
    for line in lines:
        depth = len(line) - len(line.lstrip(" |"))
        is_frame = _FRAME.fullmatch(line) is not None
        is_within = bool(block) and _FRAME.fullmatch(block[0]) is not None and depth > indent
        if block and (is_frame or not is_within):
            yield block
            block = []

        if is_frame:
            indent = depth
        block.append(line)
    if block:
        yield block


def _is_authors(path: str) -> bool:
    if any(mark in path for mark in _OF_OTHERS):
        return False
    return not _is_ours(path)


def _is_ours(path: str) -> bool:
    """Tell whether a file of another host is one of Hookline's, by the end of its path."""
    parts = PurePosixPath(path).parts
    for at, part in enumerate(parts):
        if part in PACKAGES and OURS.joinpath(*parts[at:]).is_file():
            return True
    return False
