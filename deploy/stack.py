"""A broker, an ingress and a worker process on this machine, for `make demo` and `make up`."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

from deploy.local.rabbitmq import Node

Event = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
APP = "demo"
SECRET = "hush"  # noqa: S105 - of a demo on the loopback
SHOP = "johns-apparel.spiffystores.com"
WAIT = 60
"""Seconds for anything here to happen."""


class StackError(RuntimeError):
    """Something did not happen that had to."""


@dataclass
class Stack:
    """What runs, and the events that it logs, as they come."""

    environment: dict[str, str]
    events: "queue.Queue[Event]" = field(default_factory=queue.Queue)
    seen: list[Event] = field(default_factory=list)
    processes: list["subprocess.Popen[str]"] = field(default_factory=list)
    port: int = 0
    app: str = APP

    @property
    def address(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self.port}/webhooks/{self.app}"

    def start(self, command: str, *arguments: str) -> None:
        """Start one of our commands.

        Its log lines become events, and what it prints becomes an event `printed`.
        """
        process = subprocess.Popen(
            [BIN / command, *arguments],
            env=self.environment,
            cwd=ROOT / "examples",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C reaches us alone, and we stop the rest in order
        )
        self.processes.append(process)
        for stream in (process.stdout, process.stderr):
            reading = threading.Thread(target=self._read, args=(stream,), daemon=True)
            reading.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            event = _event_of(line)
            event["at"] = time.monotonic()
            self.events.put(event)

    def run(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run one of our commands to its end; return exit code and what it printed."""
        done = subprocess.run(
            [BIN / command, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = done.stdout + done.stderr
        return done.returncode, printed.strip()

    def until(
        self,
        condition: Callable[[Event], bool],
        show: Callable[[Event], None] = lambda _: None,
    ) -> Event:
        """Show events until one meets the condition, and return it.

        Raises StackError after a minute.
        """
        deadline = time.monotonic() + WAIT
        while True:
            left = deadline - time.monotonic()
            try:
                event = self.events.get(timeout=max(0.01, left))
            except queue.Empty:
                raise StackError(f"not within {WAIT} s") from None

            self.seen.append(event)
            show(event)
            if condition(event):
                return event

    def stop(self) -> None:
        """End what was started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(WAIT)


def _event_of(line: str) -> Event:
    printed: Event = {"event": "printed", "text": line.rstrip()}
    try:
        logged = json.loads(line)
    except ValueError:
        return printed

    if not isinstance(logged, dict):
        return printed
    return logged


@contextmanager
def stack(consumers: str = "shop.consumers") -> Iterator[Stack]:
    """Run broker, ingress and workers of a module, ready to take webhooks.

    What was started is ended, whatever happens.
    """
    with _broker() as url:
        running = Stack(_environment(url))
        try:
            running.start("hookline-ingress")
            running.start("hookline-workers", "run", consumers)
            _await_start(running)
            yield running
        finally:
            running.stop()


@contextmanager
def _broker() -> Iterator[str]:
    """Yield the URL of the broker that was named, or else of one of our own."""
    given = os.environ.get("HOOKLINE_AMQP_URL")
    if given:
        yield given
        return

    node = Node(ROOT / ".run/stack")
    try:
        node.start()
        yield node.url()
    finally:
        node.stop()


def _environment(url: str) -> dict[str, str]:
    """Return our own environment, with the demo's settings and no others of Hookline's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    return kept | {
        "HOOKLINE_AMQP_URL": url,
        "HOOKLINE_APP": APP,
        "HOOKLINE_SECRETS": SECRET,
        "HOOKLINE_HOST": "127.0.0.1",
        "HOOKLINE_PORT": os.environ.get("HOOKLINE_PORT") or "0",
        "HOOKLINE_ADMIN_PORT": "0",
        "HOOKLINE_DRAIN_DELAY": "0",
        "HOOKLINE_LOG_FORMAT": "json",
        "HOOKLINE_JOURNAL": "1d",
        "HOOKLINE_TAPS": "on",
        "PYTHONUNBUFFERED": "1",
    }


def _await_start(running: Stack) -> None:
    """Wait until both commands have started, and then until both are ready."""
    admin_ports: dict[str, int] = {}
    while len(admin_ports) < len(running.processes):
        started = running.until(lambda event: event["event"] in _STARTED)
        name = started["event"]
        admin_ports[name] = started["admin_port"]
        running.port = started.get("port", running.port)

    for port in admin_ports.values():
        _await_ready(port)


_STARTED = ("ingress.started", "worker.started")


def _await_ready(port: int) -> None:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        if _is_ready(port):
            return
        time.sleep(0.1)
    raise StackError(f"not ready within {WAIT} s: port {port}")


def _is_ready(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
