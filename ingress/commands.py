"""What the commands do: serve, send, check."""

import asyncio
import gc
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from yarl import URL

from ingress import telemetry
from ingress.app import create_app
from ingress.confirms import UnexpectedClientError
from ingress.connection import UnexpectedServerError
from ingress.declare import TopologyDiffersError, declare
from ingress.gate import Gate
from ingress.link import connect
from ingress.processes import Processes, command, free_ports, reserved
from ingress.publisher import Publisher
from ingress.registration import App
from ingress.server import Server
from ingress.settings import Settings
from ingress.signature import sign
from runtime import logs
from runtime.environment import overriding
from runtime.service_links import tell_service_links

DONE, FAILED = 0, 1
GARBAGE = 20_000
"""Objects between two collections: a request leaves few cycles behind, and 700 come with two or three of them."""

log = structlog.get_logger()


async def serve_many(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Take in webhooks in several processes that share the port, until a signal; return the worst exit code."""
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    stop, hurry = signals()
    try:
        with reserved(settings.host, settings.port) as port:
            environment = overriding(os.environ, admin_host="127.0.0.1", admin_port="", port=str(port))
            together = Processes(command(arguments), environment, free_ports(count))
            admin = web.AppRunner(together.admin())
            await admin.setup()
            await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
            log.info("ingress.started", processes=count, port=port, admin_port=admin.addresses[0][1])
            code = await together.run(stop, hurry)
            await admin.cleanup()
    except OSError as error:
        log.critical("ingress.not_listening", error=str(error), port=settings.port, admin_port=settings.admin_port)
        return FAILED
    return code


def signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Return what is set by the first signal to stop, and by the second."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    return stop, hurry


async def serve(settings: Settings, apps: Mapping[str, App], *, shared: bool = False) -> int:
    """Take in webhooks until a signal, then drain; a second signal ends the drain at once.

    `shared`: others of our processes listen on the port too.
    """
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    gate = Gate(settings.max_body, settings.body_timeout, settings.max_in_flight)
    publisher = Publisher(settings.amqp_url, apps, settings.confirm_timeout, verify=settings.declare == "verify")
    stop, hurry = signals()
    why_not_ready = partial(_why_not_ready, stop, publisher)
    server, admin = Server(create_app(apps, publisher, gate), gate), web.AppRunner(telemetry.admin(why_not_ready))
    await admin.setup()
    publishing = asyncio.create_task(publisher.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        port = await server.listen(settings.host, settings.port, shared=shared)
        await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
        log.info("ingress.started", apps=sorted(apps), port=port, admin_port=admin.addresses[0][1])
        gc.freeze()  # what is here stays: the collector need not look at it again and again
        gc.set_threshold(GARBAGE)
        await asyncio.wait([publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            publishing.result()
        await _drain(server, settings, hurry)
    except TopologyDiffersError as error:
        log.critical("topology.differs", difference=str(error))
        return FAILED
    except UnexpectedClientError as error:
        log.critical("client.unexpected", error=str(error))
        return FAILED
    except UnexpectedServerError as error:
        log.critical("server.unexpected", error=str(error))
        return FAILED
    except OSError as error:
        log.critical("ingress.not_listening", error=str(error), port=settings.port, admin_port=settings.admin_port)
        return FAILED
    finally:
        for task in (stopping, publishing):
            task.cancel()
        await asyncio.gather(publishing, stopping, return_exceptions=True)
        await admin.cleanup()
    log.info("ingress.stopped")
    return DONE


async def _why_not_ready(stop: asyncio.Event, publisher: Publisher) -> str:
    return "draining" if stop.is_set() else await publisher.why_not_ready()


async def _drain(server: Server, settings: Settings, hurry: asyncio.Event) -> None:
    """Fail readiness, let the load balancer notice, then end what was accepted."""
    telemetry.DRAINING.set(1)
    log.info("ingress.draining", delay=settings.drain_delay, timeout=settings.drain_timeout)
    with suppress(TimeoutError):
        await asyncio.wait_for(hurry.wait(), settings.drain_delay)
    draining = asyncio.create_task(server.drain(0 if hurry.is_set() else settings.drain_timeout))
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait([draining, hurried], return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if not draining.done():
        draining.cancel()
        await asyncio.wait([draining])


async def send(app: App, topic: str, body: bytes, content_type: str, shop: str, url: str) -> int:
    """Sign a body as the platform does, post it, and print the answer."""
    dress = app.dress
    headers = {
        dress.topic[0]: topic,
        dress.shop[0]: shop,
        dress.signature[0]: sign(body, next(iter(app.secrets.values())), app.signature),
        "Content-Type": content_type,
    }
    try:
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            print(answer.status, (await answer.text()).strip())
            return DONE if answer.status == 200 else FAILED  # noqa: PLR2004
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        print(f"no answer from {url}: {type(error).__name__}: {error}")
        return FAILED


async def check(settings: Settings, apps: Mapping[str, App]) -> int:
    """Look whether the settings lead to a broker that holds what is needed; change nothing."""
    for app in apps.values():
        topics = ", ".join(sorted(app.topics)) if app.topics is not None else "any topic"
        print(f"app {app.name}: {app.platform}, {app.signature} signatures, secrets {', '.join(app.secrets)}, {topics}")
    reached = [await _check_broker(URL(url), apps) for url in settings.amqp_url]
    return DONE if all(reached) else FAILED


async def _check_broker(url: URL, apps: Mapping[str, App]) -> bool:
    try:
        link = await connect(url)
        async with link.connection as connection:
            await declare(connection, apps, verify_only=True)
    except TopologyDiffersError as error:
        print(f"broker {url.host}:{url.port}: differs, or is not declared yet:\n{error}")
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, it keeps us from the broker
        print(f"broker {url.host}:{url.port}: {type(error).__name__}: {error}")
        return False
    print(f"broker {url.host}:{url.port}: holds what is needed")
    return True
