"""What the commands do: serve, send, check."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from yarl import URL

from ingress import telemetry
from ingress.app import create_app
from ingress.connection import UnexpectedServerError
from ingress.gate import Gate
from ingress.publisher import Publisher
from ingress.registration import App
from ingress.server import Server
from ingress.settings import Settings
from ingress.signature import sign
from runtime import logs
from runtime.admin import admin_pages, metrics_of_this_process
from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, verify
from runtime.amqp.link import close, connect
from runtime.environment import overriding
from runtime.fatal import tell_fatal
from runtime.lifetime import DIFFERS, DONE, FAILED, Ending, ended, ending, settle_down
from runtime.processes import Processes, command, free_ports, reserved
from runtime.service_links import tell_service_links
from runtime.waiting import set_or_later
from schemas.topology import joined, topology

log = structlog.get_logger()


async def serve_many(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Take in webhooks in several processes that share the port, until a signal; return the worst
    exit code.
    """
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    asked = ending(settings.drain_delay + settings.drain_timeout)
    with ExitStack() as held:
        try:
            port = held.enter_context(reserved(settings.host, settings.port))
        except OSError as error:
            return _not_listening(settings, error)
        environment = overriding(os.environ, admin_host="127.0.0.1", port=str(port))
        child = command("ingress", *arguments, "--processes", "1", "--shared")
        together = Processes(child, environment, free_ports(count))
        admin = admin_pages(together.why_not_ready, together.metrics_page)
        await admin.setup()
        try:
            await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
        except OSError as error:
            await admin.cleanup()
            return _not_listening(settings, error)
        log.info("ingress.started", processes=count, port=port, admin_port=admin.addresses[0][1])
        try:
            return await together.run(asked)
        finally:
            await admin.cleanup()


async def serve(settings: Settings, apps: Mapping[str, App], *, shared: bool = False) -> int:
    """Take in webhooks until a signal, then drain; a second signal ends the drain at once.

    `shared`: others of our processes listen on the port too.
    """
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    asked = ending(settings.drain_delay + settings.drain_timeout)
    gate = Gate(settings.max_body, settings.body_timeout, settings.max_in_flight)
    publisher = Publisher(
        settings.amqp_url, apps, settings.confirm_timeout, verify=settings.declare == "verify"
    )
    server = Server(create_app(apps, publisher, gate), gate)
    admin = admin_pages(
        partial(_why_not_ready, asked.stop, publisher), metrics_of_this_process(telemetry.TASKS)
    )
    await admin.setup()
    try:
        port = await server.listen(settings.host, settings.port, shared=shared)
        await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
    except OSError as error:
        await admin.cleanup()
        return _not_listening(settings, error)
    except UnexpectedServerError as error:
        await admin.cleanup()
        log.critical("server.unexpected", error=str(error))
        return FAILED

    log.info("ingress.started", apps=sorted(apps), port=port, admin_port=admin.addresses[0][1])
    settle_down()
    try:
        return await _until_stopped(publisher, server, settings, asked)
    finally:
        await admin.cleanup()


async def _until_stopped(
    publisher: Publisher, server: Server, settings: Settings, asked: Ending
) -> int:
    """Publish until asked to stop, then drain; return the exit code."""
    publishing = asyncio.create_task(publisher.run())
    stopping = asyncio.create_task(asked.stop.wait())
    try:
        await asyncio.wait([publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
        if publishing.done():
            publishing.result()
        await _drain(server, settings, asked.hurry)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process, and is told
        return tell_fatal("ingress.failed", error)
    finally:
        await ended([publishing, stopping])
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


async def _why_not_ready(stop: asyncio.Event, publisher: Publisher) -> str:
    return "draining" if stop.is_set() else await publisher.why_not_ready()


async def _drain(server: Server, settings: Settings, hurry: asyncio.Event) -> None:
    """Fail readiness, let the load balancer notice, then end what was accepted."""
    telemetry.DRAINING.set(1)
    log.info("ingress.draining", delay=settings.drain_delay, timeout=settings.drain_timeout)
    await set_or_later(hurry, settings.drain_delay)
    draining = asyncio.create_task(server.drain(0 if hurry.is_set() else settings.drain_timeout))
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait([draining, hurried], return_when=asyncio.FIRST_COMPLETED)
    await ended([draining, hurried])


async def send(app: App, topic: str, body: bytes, content_type: str, shop: str, url: str) -> int:
    """Sign a body as the platform does, post it, and print the answer."""
    dress = app.platform
    headers = {
        dress.topic[0]: topic,
        dress.shop[0]: shop,
        dress.signature[0]: sign(body, next(iter(app.secrets.values())), app.encoding),
        "Content-Type": content_type,
    }
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            print(answer.status, (await answer.text()).strip())
            return DONE if answer.status == 200 else FAILED  # noqa: PLR2004
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        print(f"no answer from {url}: {type(error).__name__}: {error}")
        return FAILED


async def check(settings: Settings, apps: Mapping[str, App]) -> int:
    """Look whether the settings lead to a broker that holds what is needed; change nothing. Return
    the exit code.
    """
    for app in apps.values():
        topics = ", ".join(sorted(app.topics)) if app.topics is not None else "any topic"
        secrets = ", ".join(app.secrets)
        print(
            f"app {app.name}: {app.platform.name}, {app.encoding} signatures, "
            f"secrets {secrets}, {topics}"
        )
    found = [await _check_broker(URL(url), apps) for url in settings.amqp_url]
    return FAILED if FAILED in found else max(found)


async def _check_broker(url: URL, apps: Mapping[str, App]) -> int:
    """Say what a broker holds; return the exit code."""
    try:
        link = await connect(url, "ingress check")
        try:
            await verify(KeptChannel.on(link.connection), joined(map(topology, apps)))
        finally:
            await close(link.connection)
    except TopologyDiffersError as error:
        print(f"broker {url.host}:{url.port}: differs, or is not declared yet:\n{error}")
        return DIFFERS
    except Exception as error:  # noqa: BLE001 - whatever it is, it keeps us from the broker
        print(f"broker {url.host}:{url.port}: {error}")
        return FAILED
    print(f"broker {url.host}:{url.port}: holds what is needed")
    return DONE
