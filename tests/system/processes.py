"""Our commands as real processes: started as a user starts them, waited for by what they log,
stopped by signals.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from ingress.signature import sign
from runtime.amqp.channels import channel_of
from runtime.amqp.link import connected
from schemas.control import State
from workers.broker import control

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
SECRET = "hush"
SHOP = "johns-apparel.spiffystores.com"
T = TypeVar("T")


async def until(condition: Callable[[], Awaitable[T]], seconds: float = 30, what: str = "") -> T:
    """Return the condition's value once it is true; fail, and say what was awaited, after
    `seconds`.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while not (value := await condition()):
        assert asyncio.get_running_loop().time() < deadline, (
            f"not within {seconds} s: {what or condition}"
        )
        await asyncio.sleep(0.02)
    return value


class Record:
    """What the consumers of `consumers.py` have handled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self, who: str | None = None) -> list[dict[str, Any]]:
        """The handlings, in order; those of one consumer. What is still being written is not among
        them.
        """
        text = self.path.read_text() if self.path.exists() else ""
        whole, _, _ = text.rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if who in (None, line["who"])]

    def touch(self, suffix: str) -> None:
        """Make the file that a consumer waits for."""
        Path(f"{self.path}{suffix}").touch()


_TEXT = re.compile(r"\S+ \[\w+ *\] (\S+) +(.*)")


def _event(line: str) -> dict[str, Any] | None:
    """Read a log line of either format; in text, every value is one."""
    with suppress(json.JSONDecodeError):
        return dict(json.loads(line))
    match = _TEXT.fullmatch(line.rstrip())
    return {"event": match[1], **dict(re.findall(r"(\w+)=(\S+)", match[2]))} if match else None


class Process:
    """A command under way; `logs` are the events it has written so far, `written` is all of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.logs: list[dict[str, Any]] = []
        self._lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self._lines.append(line.decode())
            if event := _event(line.decode()):
                self.logs.append(event)
            else:
                sys.stderr.write(
                    line.decode()
                )  # a traceback, say: pytest shows it when the test fails

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
            assert not self._reading.done() or self.events(name), (
                f"ended with {self.process.returncode} before {name}"
            )
            return next(
                (event for event in self.events(name) if fields.items() <= event.items()), None
            )

        found = await until(
            there,
            seconds,
            f"event {name} {fields}; there are {[e.get('event') for e in self.logs]}",
        )
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


class Ingress(Process):
    """An ingress, and the platform that posts to it."""

    session: aiohttp.ClientSession
    port = admin_port = 0

    async def post(
        self,
        topic: str,
        body: bytes,
        *,
        app: str,
        content_type: str = "application/json",
        **headers: str,
    ) -> aiohttp.ClientResponse:
        """Post a body as the platform does and return the answer, read."""
        dressed = {
            "X-Spiffy-Topic": topic,
            "X-Spiffy-Shop-Domain": SHOP,
            "X-Spiffy-Hmac-Sha256": sign(body, SECRET.encode()),
            "Content-Type": content_type,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.port}/webhooks/{app}"
        async with self.session.post(url, data=body, headers=dressed) as answer:
            await answer.read()
            return answer

    async def accepted(self, topic: str, body: bytes, *, app: str, **more: str) -> str:
        """Post a body that must be taken in, and return its webhook's id."""
        answer = await self.post(topic, body, app=app, **more)
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["id"])

    async def metric(self, name: str) -> float:
        """Return the value of a metric without labels."""
        async with self.session.get(f"http://127.0.0.1:{self.admin_port}/metrics") as answer:
            values = re.findall(rf"^{name} (\S+)$", await answer.text(), re.MULTILINE)
        assert len(values) == 1, name
        return float(values[0])

    async def admin(self, path: str) -> int:
        """Return the status of a page of the admin port."""
        async with self.session.get(f"http://127.0.0.1:{self.admin_port}{path}") as answer:
            return answer.status


async def control_log(url: str, app: str) -> State | None:
    """Return what an app's control log says by now."""
    async with connected([url], "test") as connection, channel_of(connection) as channel:
        return await control.read(channel, app)


def environment(url: str, **settings: str | None) -> dict[str, str]:
    """Return the environment of a command: ours alone, with ports that are free and no waiting."""
    # fmt: off
    ours: dict[str, str | None] = {
        "AMQP_URL": url, "SECRETS": SECRET, "HOST": "127.0.0.1", "PORT": "0", "ADMIN_PORT": "0", "DRAIN_DELAY": "0",
        "LOG_FORMAT": "json",
    }
    ours |= settings  # None takes a default away again
    # fmt: on
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    return kept | {f"HOOKLINE_{name}": value for name, value in ours.items() if value is not None}


async def spawn(
    command: str, *arguments: str, env: dict[str, str], cwd: Path = HERE
) -> asyncio.subprocess.Process:
    """Start a command of this project."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        BIN / command, *arguments, env=env, cwd=cwd, stdout=pipe, stderr=pipe
    )


async def finished(
    command: str, *arguments: str, env: dict[str, str], cwd: Path = HERE
) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, standard output and standard error."""
    process = await spawn(command, *arguments, env=env, cwd=cwd)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def ingress(
    url: str, *arguments: str, ready: bool = True, **settings: str | None
) -> AsyncIterator[Ingress]:
    """Run an ingress for a while, from when it is ready; killed at the end where the test has not
    stopped it.
    """
    process = Ingress(await spawn("hookline-ingress", *arguments, env=environment(url, **settings)))
    async with aiohttp.ClientSession() as process.session:
        try:
            started = await process.event("ingress.started")
            process.port, process.admin_port = started["port"], started["admin_port"]
            if ready:
                await until(lambda: _is_ready(process), what="ingress ready")
            yield process
        finally:
            await _end(process)


@asynccontextmanager
async def worker(
    url: str, *arguments: str, ready: bool = True, cwd: Path = HERE, **settings: str | None
) -> AsyncIterator[Process]:
    """Run workers with the consumers of `consumers.py` in a folder for a while, from when they
    consume.
    """
    env = environment(url, **settings)
    process = Process(
        await spawn("hookline-workers", "run", "consumers", *arguments, env=env, cwd=cwd)
    )
    async with aiohttp.ClientSession() as session:

        async def is_ready() -> bool:
            assert process.process.returncode is None, "the worker has ended"
            async with session.get(f"http://127.0.0.1:{started['admin_port']}/readyz") as answer:
                return answer.status == 200

        try:
            started = await process.event("worker.started")
            if ready:
                await until(is_ready, what="worker ready")
            yield process
        finally:
            await _end(process)


async def _is_ready(process: Ingress) -> bool:
    return await process.admin("/readyz") == 200


async def _end(process: Process) -> None:
    if process.process.returncode is None:
        process.signal(signal.SIGKILL)
    await process.ended()
