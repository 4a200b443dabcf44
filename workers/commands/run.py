"""`hookline-workers run`: the process around a worker: signals, admin port, exit code."""

import asyncio
import signal
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from aiohttp import web

from workers import telemetry
from workers.broker.declare import TopologyDiffersError
from workers.consumer import Consumer
from workers.settings import Settings
from workers.worker import Policy, Worker

DONE, FAILED, CUT_OFF = 0, 1, 3

log = structlog.get_logger()


async def run(settings: Settings, consumers: Iterable[Consumer[Any]]) -> int:
    """Run the consumers until a signal, then drain; a second signal ends the drain at once."""
    telemetry.configure_logs(as_json=settings.log_format == "json", level=settings.log_level)
    policy = Policy(settings.confirm_timeout, settings.drain_timeout, verify_only=settings.declare == "verify")
    worker = Worker(settings.app, settings.amqp_url, consumers, policy)
    stop, hurry = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    admin = web.AppRunner(telemetry.admin(worker.why_not_ready), access_log=None)
    await admin.setup()
    try:
        await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
        log.info("worker.started", app=settings.app, queues=worker.queues, admin_port=admin.addresses[0][1])
        cut_off = await worker.run(stop, hurry)
    except OSError as error:
        print(f"admin port {settings.admin_host}:{settings.admin_port}: {error}", file=sys.stderr)
        return FAILED
    except TopologyDiffersError as error:
        print(f"the broker's topology differs:\n{error}", file=sys.stderr)
        return FAILED
    finally:
        await admin.cleanup()
    log.info("worker.stopped", cut_off=cut_off)
    return CUT_OFF if cut_off else DONE
