"""`hookline-workers console`: the pages for operators; and the hash of a password for it."""

import asyncio
import getpass
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from runtime import logs
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.exit_codes import DONE, FAILED
from runtime.lifetime import Ending, end_tasks, listen_for_signals
from runtime.service_links import tell_service_links
from runtime.telemetry import DRAINING, tell_build
from workers.broker.link import ReconnectingLink
from workers.console.passwords import LONGEST, SHORTEST, hashed
from workers.console.settings import ConsoleSettings
from workers.console.users import users_of
from workers.settings import SettingsError

if TYPE_CHECKING:
    from workers.console.serving import Served
    from workers.console.watch import Watch

log = structlog.get_logger()

SHUTDOWN = 3.0
"""Seconds for answers that are under way when the console is told to end."""


def print_hash(name: str, role: str) -> int:
    """Ask for a password and print the entry; return the exit code.

    Raises SettingsError where that cannot be one.
    """
    try:
        password = _asked_for()
        entry = f"{name}:{hashed(password)}:{role}"
        users_of([entry])
    except ValueError as error:
        raise SettingsError(str(error)) from error
    print(entry)
    return DONE


def _asked_for() -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        again = getpass.getpass("Once more: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
        again = password

    if password != again:
        raise ValueError("the two differ")
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
    return password


async def run_console(settings: ConsoleSettings) -> int:
    """Serve the pages until a signal; return the exit code.

    Raises SettingsError where nobody may come in, or where the packages for it are not here.
    """
    settings.check_open()
    link = ReconnectingLink(settings.amqp_url, "console")
    served = _served(settings, link)

    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    tell_build("console")
    asked = listen_for_signals(settings.drain_timeout)
    pages = web.AppRunner(served.application, access_log=None, shutdown_timeout=SHUTDOWN)
    admin = admin_pages(lambda: _why_not_ready(served.watch, asked), metrics_of_this_process)
    work = (link.run(), served.watch.keep(), served.pulse.keep())
    tasks = {asyncio.create_task(one) for one in work}

    try:
        port = await _listening(pages, settings.console_host, settings.console_port)
        admin_port = await _listening(admin, settings.admin_host, settings.admin_port)
        if port is None or admin_port is None:
            return FAILED
        _tell_started(settings, port, admin_port)
        await _until_asked(asked.stop, tasks)
    finally:
        DRAINING.set(1)
        await served.end()
        await pages.cleanup()
        await admin.cleanup()
        await end_tasks(tasks)

    log.info("console.stopped")
    return DONE


def _served(settings: ConsoleSettings, link: ReconnectingLink) -> "Served":
    try:
        from workers.console.serving import Served
    except ImportError as error:
        raise SettingsError(
            f"the console needs packages that are not here ({error.name}): "
            "pip install 'hookline[console]', or an image built with --build-arg LOCK=console"
        ) from error
    return Served(settings, link)


async def _until_asked(stop: asyncio.Event, tasks: set[asyncio.Task[None]]) -> None:
    """Return when the console is to end; raises what has ended a task before that."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    with suppress(asyncio.CancelledError):
        for task in done:
            task.result()


async def _listening(runner: web.AppRunner, host: str, port: int) -> int | None:
    """Serve there; return the port, or None where it is not to be had, which is told."""
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError as error:
        log.critical("console.not_listening", error=str(error), port=port)
        return None

    _, taken, *_ = runner.addresses[0]
    return int(taken)


async def _why_not_ready(watch: "Watch", asked: Ending) -> str:
    if asked.stop.is_set():
        return "draining"
    if watch.seen is None:
        return watch.trouble or "nothing is read yet"
    return watch.trouble


def _tell_started(settings: ConsoleSettings, port: int, admin_port: int) -> None:
    host = settings.console_host
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{settings.console_prefix}/"
    log.info(
        "console.started",
        app=settings.app,
        address=address,
        port=port,
        admin_port=admin_port,
    )
