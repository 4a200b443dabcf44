"""`hookline-ingress subscriptions watch`: a process that keeps the subscriptions of an app."""

import asyncio

import aiohttp
import structlog
from aiohttp import web

from ingress.subscriptions.order import Order
from ingress.subscriptions.settings import SubscriptionSettings
from ingress.subscriptions.watch import Watch
from runtime import logs
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.exit_codes import DONE, FAILED
from runtime.fatal import tell_fatal
from runtime.lifetime import Ending, end_tasks, listen_for_signals
from runtime.service_links import tell_service_links
from runtime.telemetry import DRAINING, tell_build

log = structlog.get_logger()


async def run(order: Order) -> int:
    """Keep the subscriptions until a signal; return the exit code."""
    settings = order.settings
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    asked = listen_for_signals(0)
    tell_build("subscriptions")

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        watch = Watch(order, session)
        admin = admin_pages(lambda: _why_not_ready(watch, asked), metrics_of_this_process)
        await admin.setup()
        try:
            port = await _serve(admin, settings)
        except OSError as error:
            log.critical("subscriptions.not_listening", error=str(error), port=settings.admin_port)
            await admin.cleanup()
            return FAILED

        topics = sorted(order.wanted.topics)
        log.info("subscriptions.started", app=order.app.name, topics=topics, admin_port=port)
        try:
            return await _until_stopped(watch, asked)
        finally:
            await admin.cleanup()


async def _until_stopped(watch: Watch, asked: Ending) -> int:
    """Watch until asked to stop. A look under way is given up: the next one does the same."""
    watching = asyncio.create_task(watch.run(asked.stop))
    stopping = asyncio.create_task(asked.stop.wait())
    try:
        await asyncio.wait([watching, stopping], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process, and is told
        return tell_fatal("subscriptions.failed", error)
    finally:
        DRAINING.set(1)
        await end_tasks([watching, stopping])

    log.info("subscriptions.stopped")
    return DONE


async def _serve(admin: web.AppRunner, settings: SubscriptionSettings) -> int:
    """Serve the admin pages; return their port. Raises OSError where it is taken."""
    site = web.TCPSite(admin, settings.admin_host, settings.admin_port)
    await site.start()
    _, port, *_ = admin.addresses[0]
    return int(port)


async def _why_not_ready(watch: Watch, asked: Ending) -> str:
    if asked.stop.is_set():
        return "draining"
    if not watch.has_looked:
        return "the first look is not over"
    return ""
