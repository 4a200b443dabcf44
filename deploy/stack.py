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
from typing import Any

from deploy.local.rabbitmq import Node

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
APP, SECRET, SHOP = "demo", "hush", "johns-apparel.spiffystores.com"
WAIT = 60
"""Seconds for anything here to happen."""


class StackError(RuntimeError):
    """Something did not happen that had to."""


@dataclass
class Stack:
    """What runs, and the events that it logs, as they come."""

    environment: dict[str, str]
    events: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    seen: list[dict[str, Any]] = field(default_factory=list)
    processes: list["subprocess.Popen[str]"] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self.port}/webhooks/{APP}"

    def start(self, command: str, *arguments: str) -> None:
        """Start one of our commands; its log lines become events, what it prints becomes `printed`."""
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
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            try:
                self.events.put(json.loads(line) | {"at": time.monotonic()})
            except json.JSONDecodeError:
                self.events.put({"event": "printed", "text": line.rstrip(), "at": time.monotonic()})

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
        return done.returncode, (done.stdout + done.stderr).strip()

    def until(
        self,
        condition: Callable[[dict[str, Any]], bool],
        show: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> dict[str, Any]:
        """Show events until one meets the condition, and return it; raises StackError after a
        minute.
        """
        deadline = time.monotonic() + WAIT
        while True:
            try:
                event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise StackError(f"not within {WAIT} s") from None
            self.seen.append(event)
            show(event)
            if condition(event):
                return event


@contextmanager
def stack() -> Iterator[Stack]:
    """Run broker, ingress and workers, ready to take webhooks; end what was started, whatever
    happens.
    """
    given = os.environ.get("HOOKLINE_AMQP_URL")
    node = None if given else Node(ROOT / ".run/stack")
    running = None
    try:
        url = given or (node.start().url() if node else "")
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")
        }
        settings = {
            "AMQP_URL": url, "APP": APP, "SECRETS": SECRET, "HOST": "127.0.0.1",
            "PORT": os.environ.get("HOOKLINE_PORT") or "0",
            "ADMIN_PORT": "0", "DRAIN_DELAY": "0", "LOG_FORMAT": "json",
        }  # fmt: skip
        kept["PYTHONUNBUFFERED"] = "1"
        running = Stack(kept | {f"HOOKLINE_{name}": value for name, value in settings.items()})
        running.start("hookline-ingress")
        running.start("hookline-workers", "run", "shop.consumers")
        ports = {"ingress.started": 0, "worker.started": 0}
        while not all(ports.values()):
            event = running.until(lambda event: event["event"] in ports)
            ports[event["event"]] = event["admin_port"]
            running.port = event.get("port", running.port)
        for port in ports.values():
            _await_ready(port)
        yield running
    finally:
        for process in running.processes if running else []:
            process.terminate()
        for process in running.processes if running else []:
            process.wait(WAIT)
        if node is not None:
            node.stop()


def _await_ready(port: int) -> None:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == HTTPStatus.OK:
                    return
        except OSError:
            time.sleep(0.1)
    raise StackError(f"not ready within {WAIT} s: port {port}")
