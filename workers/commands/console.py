"""`hookline-workers console`: the pages for operators; and the hash of a password for it."""

import asyncio
import getpass
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from runtime import logs
from runtime.exit_codes import DONE, FAILED
from runtime.lifetime import end_tasks, listen_for_signals
from workers.broker.link import ReconnectingLink
from workers.console.passwords import LONGEST, SHORTEST, hashed
from workers.console.settings import ConsoleSettings
from workers.console.users import users_of
from workers.settings import SettingsError

if TYPE_CHECKING:
    from workers.console.serving import Served

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
    asked = listen_for_signals(settings.drain_timeout)
    runner = web.AppRunner(served.application, access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    work = (link.run(), served.watch.keep(), served.pulse.keep())
    tasks = {asyncio.create_task(one) for one in work}

    try:
        if not await _is_listening(runner, settings):
            return FAILED
        _tell_started(settings, runner.addresses[0][1])
        await _until_asked(asked.stop, tasks)
    finally:
        await served.end()
        await runner.cleanup()
        await end_tasks(tasks)

    log.info("console.stopped")
    return DONE


def _served(settings: ConsoleSettings, link: ReconnectingLink) -> "Served":
    try:
        from workers.console.serving import Served
    except ImportError as error:
        raise SettingsError(
            f"the console needs packages that are not here ({error.name}): "
            "pip install 'hookline[console]'"
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


async def _is_listening(runner: web.AppRunner, settings: ConsoleSettings) -> bool:
    try:
        site = web.TCPSite(runner, settings.console_host, settings.console_port)
        await site.start()
    except OSError as error:
        log.critical("console.not_listening", error=str(error), port=settings.console_port)
        return False
    return True


def _tell_started(settings: ConsoleSettings, port: int) -> None:
    host = settings.console_host
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{settings.console_prefix}/"
    log.info("console.started", app=settings.app, address=address, port=port)
