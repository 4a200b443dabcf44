"""`hookline-workers run`: the process around a worker: signals, admin port, exit code."""

import os
from collections.abc import Sequence
from typing import Any

import structlog
from aiohttp import web

from runtime import logs
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.environment import overriding
from runtime.exit_codes import CUT_OFF, DONE, FAILED
from runtime.fatal import tell_fatal
from runtime.lifetime import collect_nothing_of_what_is_here, listen_for_signals
from runtime.ports import free_ports
from runtime.processes import Processes, child_command
from runtime.service_links import tell_service_links
from runtime.telemetry import tell_build
from runtime.tracing import end_tracing, start_tracing
from workers.claiming import close_stores
from workers.commands.reload import run_reloading
from workers.consumer import Consumer
from workers.settings import Settings, SettingsError
from workers.watch import watching
from workers.worker import Worker

log = structlog.get_logger()


async def run_processes(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Run the same consumers in several processes until a signal; return the worst exit code."""
    _begin_logging(settings)
    asked = listen_for_signals(settings.drain_timeout)
    child = child_command("workers", *arguments, "--processes", "1")
    environment = overriding(os.environ, admin_host="127.0.0.1")
    together = Processes(child, environment, free_ports(count))
    admin = admin_pages(together.why_not_ready, together.metrics_page)
    await admin.setup()

    try:
        if not await _listening(admin, settings):
            return FAILED
        log.info("worker.started", processes=count, admin_port=admin.addresses[0][1])
        return await together.run(asked)
    finally:
        await admin.cleanup()


async def run_anew(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Run a worker, and another after each change of the code, until a signal."""
    if count > 1:
        raise SettingsError("--reload is for one process: leave out --processes")

    _begin_logging(settings)
    asked = listen_for_signals(settings.drain_timeout)
    return await run_reloading(arguments, settings.admin_port, asked)


async def run_worker(settings: Settings, consumers: Sequence[Consumer[Any]]) -> int:
    """Run the consumers until a signal, then drain; a second signal ends the drain at once."""
    _begin_logging(settings)
    asked = listen_for_signals(settings.drain_timeout)
    tracing = start_tracing("hookline-workers", os.environ)
    worker = Worker(
        settings.app,
        settings.amqp_url,
        consumers,
        confirm_timeout=settings.confirm_timeout,
        drain_timeout=settings.drain_timeout,
        verify_only=settings.declare == "verify",
        tracing=tracing,
    )
    tell_build("worker")
    admin = admin_pages(worker.why_not_ready, metrics_of_this_process)
    await admin.setup()

    try:
        if not await _listening(admin, settings):
            return FAILED

        port = admin.addresses[0][1]
        log.info("worker.started", app=settings.app, queues=worker.queues, admin_port=port)
        collect_nothing_of_what_is_here()

        with watching({consumer.name for consumer in consumers}):
            cut_off = await worker.run(asked.stop, asked.hurry)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process, and is told
        return tell_fatal("worker.failed", error)
    finally:
        await close_stores(consumers)
        await admin.cleanup()
        await end_tracing(tracing)

    log.info("worker.stopped", cut_off=cut_off)
    return CUT_OFF if cut_off else DONE


def _begin_logging(settings: Settings) -> None:
    as_json = settings.log_format == "json"
    logs.configure(as_json=as_json, level=settings.log_level)
    tell_service_links()


async def _listening(admin: web.AppRunner, settings: Settings) -> bool:
    try:
        site = web.TCPSite(admin, settings.admin_host, settings.admin_port)
        await site.start()
    except OSError as error:
        log.critical("worker.not_listening", error=str(error), admin_port=settings.admin_port)
        return False
    return True
