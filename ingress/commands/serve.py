"""`hookline-ingress serve`: take webhooks in until a signal, in one process or in several."""

import argparse
import asyncio
import os
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from ingress.connection import UnexpectedServerError
from ingress.gate import Gate
from ingress.publisher import Publisher
from ingress.readiness import wait_until_ready, why_not_ready
from ingress.registration import App
from ingress.server import Server
from ingress.settings import Settings
from ingress.traced import create_traced_app
from runtime import logs
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.environment import overriding
from runtime.exit_codes import DONE, FAILED
from runtime.fatal import tell_fatal
from runtime.handed_over import handed_over, kept_open
from runtime.lifetime import Ending, collect_nothing_of_what_is_here, end_tasks, listen_for_signals
from runtime.ports import free_ports
from runtime.processes import Processes, child_command
from runtime.service_links import tell_service_links
from runtime.telemetry import DRAINING, tell_build
from runtime.tracing import end_tracing, start_tracing
from runtime.waiting import set_or_later

log = structlog.get_logger()


def run(
    settings: Settings, apps: Mapping[str, App], arguments: argparse.Namespace
) -> Coroutine[Any, Any, int]:
    """Take in webhooks in as many processes as are asked for; return the exit code."""
    if arguments.processes > 1:
        return _in_many_processes(settings, arguments.given, arguments.processes)
    return _in_this_process(settings, apps, shared=arguments.shared)


async def _in_many_processes(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Take in webhooks in processes that share the port; return the worst exit code."""
    asked = _begin(settings)
    with ExitStack() as held:
        try:
            given = handed_over()
            port = held.enter_context(kept_open(given, settings.host, settings.port))
        except OSError as error:
            return _not_listening(settings, error)

        environment = overriding(os.environ, admin_host="127.0.0.1", port=str(port))
        child = child_command("ingress", *arguments, "--processes", "1", "--shared")
        together = Processes(child, environment, free_ports(count), given)
        admin = admin_pages(together.why_not_ready, together.metrics_page)
        await admin.setup()

        try:
            admin_port = await _serve_admin(admin, settings)
        except OSError as error:
            await admin.cleanup()
            return _not_listening(settings, error)

        log.info("ingress.started", processes=count, port=port, admin_port=admin_port)
        try:
            return await together.run(asked)
        finally:
            await admin.cleanup()


async def _in_this_process(settings: Settings, apps: Mapping[str, App], *, shared: bool) -> int:
    """Take in webhooks until a signal, then drain; a second signal ends the drain at once.

    `shared`: others of our processes listen on the port too.
    """
    asked = _begin(settings)
    gate = Gate(settings.max_body, settings.body_timeout, settings.max_in_flight)
    publisher = _publisher(settings, apps)
    tracing = start_tracing("hookline-ingress", os.environ)
    handler = create_traced_app(apps, publisher, gate, tracing)
    server = Server(handler, gate)

    readiness = partial(why_not_ready, asked.stop, publisher)
    tell_build("ingress")
    admin = admin_pages(readiness, metrics_of_this_process)
    await admin.setup()

    try:
        given = handed_over()
        port = await server.listen(settings.host, settings.port, shared=shared, given=given)
        admin_port = await _serve_admin(admin, settings)
    except OSError as error:
        await admin.cleanup()
        return _not_listening(settings, error)
    except UnexpectedServerError as error:
        await admin.cleanup()
        log.critical("server.unexpected", error=str(error))
        return FAILED

    names = sorted(apps)
    log.info("ingress.started", apps=names, port=port, admin_port=admin_port)
    collect_nothing_of_what_is_here()
    try:
        return await _until_stopped(publisher, server, settings, asked)
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


def _begin(settings: Settings) -> Ending:
    """Log as the settings say, and listen for signals from here on."""
    as_json = settings.log_format == "json"
    logs.configure(as_json=as_json, level=settings.log_level)
    tell_service_links()

    longest = settings.drain_delay + settings.drain_timeout
    return listen_for_signals(longest)


async def _serve_admin(admin: web.AppRunner, settings: Settings) -> int:
    """Serve the admin pages; return their port. Raises OSError where it is taken."""
    site = web.TCPSite(admin, settings.admin_host, settings.admin_port)
    await site.start()
    _, port, *_ = admin.addresses[0]
    return int(port)


async def _until_stopped(
    publisher: Publisher, server: Server, settings: Settings, asked: Ending
) -> int:
    """Publish until asked to stop, then drain; return the exit code."""
    publishing = asyncio.create_task(publisher.run())
    stopping = asyncio.create_task(asked.stop.wait())
    try:
        if not server.is_accepting:
            await wait_until_ready(publisher, asked.stop, settings.confirm_timeout)
        # What waits in a socket that was handed over is left to the next where we end already.
        if not asked.stop.is_set():
            await server.accept()

        await asyncio.wait([publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
        if publishing.done():
            publishing.result()

        await _drain(server, settings, asked.hurry)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process, and is told
        return tell_fatal("ingress.failed", error)
    finally:
        await end_tasks([publishing, stopping])

    log.info("ingress.stopped")
    return DONE


def _not_listening(settings: Settings, error: OSError) -> int:
    log.critical(
        "ingress.not_listening",
        error=str(error),
        port=settings.port,
        admin_port=settings.admin_port,
    )
    return FAILED


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
