"""A command of ours under way: what it has logged, the signals it is sent, its end."""

import asyncio
import json
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from tests.system.forked import Forked
from tests.system.waiting import until

Running: TypeAlias = asyncio.subprocess.Process | Forked
"""A command that was started, or forked."""

_TEXT = re.compile(r"\S+ \[\w+ *\] (\S+) +(.*)")


def _event(line: str) -> dict[str, Any] | None:
    """Read a log line of either format; in text, every value is one."""
    with suppress(json.JSONDecodeError):
        return dict(json.loads(line))

    match = _TEXT.fullmatch(line.rstrip())
    if match is None:
        return None
    fields = re.findall(r"(\w+)=(\S+)", match[2])
    return {"event": match[1], **dict(fields)}


class Process:
    """A command under way; `logs` are the events it has written so far, `written` is all of it."""

    def __init__(self, process: Running) -> None:
        self.process = process
        self.logs: list[dict[str, Any]] = []
        self._lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            text = line.decode()
            self._lines.append(text)
            event = _event(text)
            if event:
                self.logs.append(event)
            else:
                sys.stderr.write(text)  # a traceback, say: pytest shows it when the test fails

    @property
    def written(self) -> str:
        """What it has written so far."""
        return "".join(self._lines)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of one name."""
        return [event for event in self.logs if event.get("event") == name]

    async def event(self, name: str, seconds: float = 30, **fields: Any) -> dict[str, Any]:
        """Wait for an event with these fields."""

        async def there() -> dict[str, Any] | None:
            events = self.events(name)
            if self._reading.done() and not events:
                raise AssertionError(f"ended with {self.process.returncode} before {name}")

            for event in events:
                if fields.items() <= event.items():
                    return event
            return None

        names = [event.get("event") for event in self.logs]
        found = await until(there, seconds, f"event {name} {fields}; there were {names}")
        assert found is not None
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def ended(self, seconds: float = 40) -> int:
        """Wait for the end and return the exit code."""
        code = await asyncio.wait_for(self.process.wait(), seconds)
        await self._reading
        return code

    async def stop(self) -> int:
        """Stop it in order."""
        if self.process.returncode is None:
            self.signal(signal.SIGTERM)
        return await self.ended()


async def children(process: Process) -> set[int]:
    """Return the processes that run under the command now."""
    pid = process.process.pid
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(one) for one in listed.split()}


async def catches(process: Process, number: signal.Signals) -> bool:
    """Tell whether the process has a handler of its own for the signal by now."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) & 1 << (number - 1))
