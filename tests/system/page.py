"""A page of documentation as a session: its commands are run in turn, and what they print compared.

What differs from run to run is passed over, but for names of things (ids, groups): a name that the
page shows stands for the one that a run shows in its place, in later commands too.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"\b(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|[0-9a-f]{8})\b")
_VARIES = (
    (_NAME, "NAME"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?"), "TIME"),
    (re.compile(r"\b1\d{12}\b"), "TIME"),  # milliseconds since the epoch
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|min|h)\b"), "SPAN"),
    (re.compile(r"\S+@\S+"), "SOMEBODY"),
    (re.compile(r"\bvm:\d+"), "PROCESS"),
    (re.compile(r"127\.0\.0\.1:\d+"), "BROKER"),
    (re.compile(r'File ".*/'), 'File "'),
    (re.compile(r"[-─]{2,}"), "LINE"),
    (re.compile(r"\s+"), " "),
)

_BY_BROKER = re.compile("advice: RabbitMQ ")


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a page, and what it prints there."""

    command: str
    lines: tuple[str, ...]


def shown_in(page: Path) -> Iterator[Shown]:
    """Yield the commands of a page with what they print, in order."""
    for block in _BLOCK.findall(page.read_text()):
        command = ""
        lines: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield Shown(command, tuple(lines))
                command = line.removeprefix("$ ")
                lines = []
            else:
                lines.append(line)
        yield Shown(command, tuple(lines))


class Session:
    """Takes names of the page for those of this run."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def arguments(self, command: str) -> list[str]:
        """Return what is to be run for a command of the page."""
        return shlex.split(_NAME.sub(self._real, command))

    def learn(self, shown: Shown, printed: list[str]) -> None:
        """Take the names that were printed where the page shows others."""
        for line, real in zip(shown.lines, printed, strict=False):
            names = zip(_NAME.findall(line), _NAME.findall(real), strict=False)
            self._names.update(names)

    def _real(self, name: re.Match[str]) -> str:
        return self._names.get(name[0], name[0])


def plain(lines: Iterable[str]) -> list[str]:
    """Return lines without what differs from run to run, and without empty ones at their end."""
    text = "\n".join(_without_rates(lines)).rstrip()
    return [_plain(line) for line in text.split("\n") if not _BY_BROKER.match(line)]


def _plain(line: str) -> str:
    for pattern, word in _VARIES:
        line = pattern.sub(word, line)
    return line.strip()


def _without_rates(lines: Iterable[str]) -> Iterator[str]:
    """Take what happened within a minute out of tables: that depends on when one looks."""
    rates: list[int] = []
    for line in lines:
        cells = re.split(r"\s{2,}", line.rstrip())
        if "/min" in line:
            rates = [place for place, cell in enumerate(cells) if cell.endswith("/min")]
        elif len(cells) < 2:
            rates = []
        else:
            for place in rates:
                cells[place] = "RATE"
        yield "  ".join(cells)
