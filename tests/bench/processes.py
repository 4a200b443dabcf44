"""Programs under measurement as real processes: watched through /proc, ended by their id."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.ports import free

BIN = Path(sys.executable).parent
PEERS = Path(__file__).parent / "peers"
WAIT = 60
"""Seconds for anything here to happen."""
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


class NotMeasuredError(RuntimeError):
    """What a row needs did not happen; the sentence goes into the table."""


class Program:
    """A process with its children: all that its session holds."""

    def __init__(self, name: str, arguments: Sequence[str], env: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HOOKLINE_")}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(BIN / arguments[0]), *arguments[1:]], cwd=PEERS, env=kept | env,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.started = time.monotonic()

    def _members(self) -> Iterator[tuple[int, list[str]]]:
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                with suppress(OSError):
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self._process.pid:
                        yield int(folder.name), fields

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far, in user and in kernel mode, children included."""
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self._members()) / TICKS

    @property
    def cpu_exact(self) -> float:
        """The same from the scheduler's own books, for shares of a tick: without threads that have
        ended.
        """
        tasks = [task for pid, _ in self._members() for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    @property
    def rss_mb(self) -> float:
        """Memory resident now."""
        return sum(int(fields[21]) for _, fields in self._members()) * PAGE_KB / 1024

    def pause(self) -> None:
        """Stop it without ending it."""
        self._tell(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._tell(signal.SIGCONT)

    def _tell(self, number: signal.Signals) -> None:
        for pid, _ in self._members():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def await_that(self, condition: Callable[[], bool], what: str, pause: float = 0.01) -> None:
        """Return once the condition holds; raises NotMeasuredError when it ends before, or after a
        minute.
        """
        deadline = time.monotonic() + WAIT
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NotMeasuredError(f"{self.name}: not {what}: {self.tail()}")
            time.sleep(pause)

    def tail(self) -> str:
        """Return the last of what it printed."""
        return self.log.read_text(errors="replace")[-600:].strip()

    def stop(self) -> None:
        """End it in order, and whatever is left of it by force."""
        self.resume()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._tell(signal.SIGKILL)
        self._process.wait(WAIT)


@contextmanager
def running(
    name: str, arguments: Sequence[str], env: dict[str, str], folder: Path
) -> Iterator[Program]:
    """Run a program for a while."""
    program = Program(name, arguments, env, folder / f"{name.replace(' ', '_')}.log")
    try:
        yield program
    finally:
        program.stop()


def answers(port: int) -> Callable[[], bool]:
    """Return a condition: somebody listens on the port."""
    return lambda: not free(port)


def is_ready(admin_port: int) -> Callable[[], bool]:
    """Return a condition: `/readyz` of one of our commands says 200."""

    def ready() -> bool:
        with suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(
                f"http://127.0.0.1:{admin_port}/readyz", timeout=5
            ) as answer:
                return bool(json.loads(answer.read())["ready"])
        return False

    return ready
