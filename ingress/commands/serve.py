"""`hookline-ingress serve`: take webhooks in until a signal, in one process or in several."""

import argparse
import asyncio
import os
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

import structlog

from ingress.commands.beginning import begin, not_listening, serve_admin
from ingress.commands.hang_up import at_hang_up
from ingress.commands.many import in_many_processes
from ingress.connection import UnexpectedServerError
from ingress.entrance import Entrances
from ingress.gate import Gate
from ingress.publisher import Publisher
from ingress.readiness import wait_until_ready, why_not_ready
from ingress.registration import App
from ingress.reload import Reload
from ingress.server import Server
from ingress.settings import Settings
from ingress.traced import create_traced_app
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.exit_codes import DONE, FAILED
from runtime.fatal import tell_fatal
from runtime.handed_over import handed_over
from runtime.lifetime import Ending, collect_nothing_of_what_is_here, end_tasks
from runtime.telemetry import DRAINING, tell_build
from runtime.tracing import end_tracing, start_tracing
from runtime.waiting import set_or_later

log = structlog.get_logger()


def run(
    settings: Settings, apps: Mapping[str, App], arguments: argparse.Namespace
) -> Coroutine[Any, Any, int]:
    """Take in webhooks in as many processes as are asked for; return the exit code."""
    if arguments.processes > 1:
        return in_many_processes(settings, arguments.given, arguments.processes)
    return _in_this_process(settings, apps, shared=arguments.shared)


async def _in_this_process(settings: Settings, apps: Mapping[str, App], *, shared: bool) -> int:
    """Take in webhooks until a signal, then drain; a second signal ends the drain at once.

    `shared`: others of our processes listen on the port too.
    """
    asked = begin(settings)
    gate = Gate(settings.max_body, settings.body_timeout, settings.max_in_flight)
    publisher = _publisher(settings, apps)
    tracing = start_tracing("hookline-ingress", os.environ)
    entrances = Entrances(apps)
    handler = create_traced_app(entrances, publisher, gate, tracing)
    server = Server(handler, gate)
    reload = Reload(apps, entrances, publisher.apps, os.environ)
    at_hang_up(reload.wanted.set)

    readiness = partial(why_not_ready, asked.stop, publisher)
    tell_build("ingress")
    admin = admin_pages(readiness, metrics_of_this_process)
    await admin.setup()

    try:
        given = handed_over()
        port = await server.listen(settings.host, settings.port, shared=shared, given=given)
        admin_port = await serve_admin(admin, settings)
    except OSError as error:
        await admin.cleanup()
        return not_listening(settings, error)
    except UnexpectedServerError as error:
        await admin.cleanup()
        log.critical("server.unexpected", error=str(error))
        return FAILED

    names = sorted(apps)
    log.info("ingress.started", apps=names, port=port, admin_port=admin_port)
    collect_nothing_of_what_is_here()
    try:
        return await _until_stopped(publisher, server, reload, settings, asked)
    finally:
        await admin.cleanup()
        await end_tracing(tracing)


def _publisher(settings: Settings, apps: Mapping[str, App]) -> Publisher:
    return Publisher(
        settings.amqp_url,
        apps,
        settings.confirm_timeout,
        verify=settings.declare == "verify",
        copies=settings.copies,
    )


async def _until_stopped(
    publisher: Publisher, server: Server, reload: Reload, settings: Settings, asked: Ending
) -> int:
    """Publish until asked to stop, then drain; return the exit code."""
    publishing = asyncio.create_task(publisher.run())
    reloading = asyncio.create_task(reload.keep())
    stopping = asyncio.create_task(asked.stop.wait())
    try:
        if not server.is_accepting:
            await wait_until_ready(publisher, asked.stop, settings.confirm_timeout)
        # What waits in a socket that was handed over is left to the next where we end already.
        if not asked.stop.is_set():
            await server.accept()

        running = [publishing, reloading]
        await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            if task.done():
                task.result()

        await _drain(server, settings, asked.hurry)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process, and is told
        return tell_fatal("ingress.failed", error)
    finally:
        await end_tasks([publishing, reloading, stopping])

    log.info("ingress.stopped")
    return DONE


async def _drain(server: Server, settings: Settings, hurry: asyncio.Event) -> None:
    """Fail readiness, let the load balancer notice, then end what was accepted."""
    DRAINING.set(1)
    log.info("ingress.draining", delay=settings.drain_delay, timeout=settings.drain_timeout)
    await set_or_later(hurry, settings.drain_delay)

    timeout = settings.drain_timeout
    if hurry.is_set():
        timeout = 0
    draining = asyncio.create_task(server.drain(timeout))
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait([draining, hurried], return_when=asyncio.FIRST_COMPLETED)
    await end_tasks([draining, hurried])
