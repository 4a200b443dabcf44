"""A shell to which commands are typed, as somebody does who follows a document."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.system.waiting import until


class Terminal:
    """A shell to which commands are typed, and what has appeared on it so far."""

    def __init__(self, shell: asyncio.subprocess.Process) -> None:
        self.shell = shell
        self.shown = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.shell.stdout is not None
        async for line in self.shell.stdout:
            self.shown += line.decode()

    def type(self, commands: str) -> None:
        """Type lines; the shell runs them one after the other."""
        assert self.shell.stdin is not None
        self.shell.stdin.write(f"{commands}\n".encode())

    async def shows(self, text: str, seconds: float = 60) -> None:
        """Wait until a text has appeared."""

        async def there() -> bool:
            assert text in self.shown or not self._reading.done(), self.shown
            return text in self.shown

        try:
            await until(there, seconds, text)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.shown}") from None


@asynccontextmanager
async def terminal(folder: Path, environment: dict[str, str]) -> AsyncIterator[Terminal]:
    """Open a terminal in a folder; what it has started ends with it."""
    shell = await asyncio.create_subprocess_exec(
        "bash",
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield Terminal(shell)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, 9)
        await shell.wait()
