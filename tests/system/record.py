"""What the consumers of the system tests write down, and how a test waits for it."""

import json
from pathlib import Path
from typing import Any

from tests.system.waiting import until


class Record:
    """What the consumers of `consumers.py` have handled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[dict[str, Any]] = []
        self._read = 0
        """Bytes of the file."""

    def lines(self, who: str | None = None) -> list[dict[str, Any]]:
        """The handlings, in order; those of one consumer; without what is still being written."""
        self._read_on()
        return [line for line in self._lines if who in (None, line["who"])]

    def _read_on(self) -> None:
        """Read what is new: a test may ask fifty times a second, for thousands of lines."""
        if not self.path.exists():
            return

        with self.path.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        self._lines += [json.loads(line) for line in whole.splitlines()]

    def touch(self, suffix: str) -> None:
        """Make the file that a consumer waits for."""
        Path(f"{self.path}{suffix}").touch()


async def handled(
    record: Record, who: str, times: int = 1, seconds: float = 30
) -> list[dict[str, Any]]:
    """Wait until a consumer has handled that often."""

    async def enough() -> list[dict[str, Any]]:
        lines = record.lines(who)
        return lines if len(lines) >= times else []

    return await until(enough, seconds, f"{who} handles {times}")
