"""`hookline-workers run`: the process around a worker: signals, admin port, exit code."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from aiohttp import web

from runtime import logs
from runtime.environment import overriding
from runtime.service_links import tell_service_links
from workers import telemetry
from workers.broker.declare import TopologyDiffersError
from workers.broker.deliveries import UnexpectedClientError
from workers.consumer import Consumer
from workers.processes import Processes, command, free_ports
from workers.settings import Settings
from workers.watch import watching
from workers.worker import Policy, Worker

DONE, FAILED, CUT_OFF = 0, 1, 3
GARBAGE = 20_000
"""Objects between two collections: with 700, a validated order is a tenth of one, and most of what it costs."""
LAST_WAIT = 2.0
"""Seconds that what handlers started besides has to end, at the very last."""

log = structlog.get_logger()


async def run_many(settings: Settings, arguments: Sequence[str], count: int) -> int:
    """Run the same consumers in several processes until a signal; return the worst exit code."""
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    stop, hurry = _signals()
    environment = overriding(os.environ, admin_host="127.0.0.1", admin_port="")
    together = Processes(command(arguments), environment, free_ports(count))
    admin = web.AppRunner(together.admin())
    await admin.setup()
    try:
        await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
    except OSError as error:
        print(f"admin port {settings.admin_host}:{settings.admin_port}: {error}", file=sys.stderr)
        return FAILED
    log.info("worker.started", processes=count, admin_port=admin.addresses[0][1])
    code = await together.run(stop, hurry)
    await admin.cleanup()
    return code


def _signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Return what is set by the first signal to stop, and by the second."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    return stop, hurry


async def run(settings: Settings, consumers: Sequence[Consumer[Any]]) -> int:
    """Run the consumers until a signal, then drain; a second signal ends the drain at once."""
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    tell_service_links()
    policy = Policy(settings.confirm_timeout, settings.drain_timeout, verify_only=settings.declare == "verify")
    worker = Worker(settings.app, settings.amqp_url, consumers, policy)
    stop, hurry = _signals()
    admin = web.AppRunner(telemetry.admin(worker.why_not_ready), access_log=None)
    await admin.setup()
    try:
        await web.TCPSite(admin, settings.admin_host, settings.admin_port).start()
        log.info("worker.started", app=settings.app, queues=worker.queues, admin_port=admin.addresses[0][1])
        gc.freeze()  # what is here stays: the collector need not look at it again and again
        gc.set_threshold(GARBAGE)
        with watching({consumer.name for consumer in consumers}):
            cut_off = await worker.run(stop, hurry)
    except OSError as error:
        print(f"admin port {settings.admin_host}:{settings.admin_port}: {error}", file=sys.stderr)
        return FAILED
    except TopologyDiffersError as error:
        print(f"the broker's topology differs:\n{error}", file=sys.stderr)
        return FAILED
    except UnexpectedClientError as error:
        print(error, file=sys.stderr)
        return FAILED
    finally:
        await admin.cleanup()
    log.info("worker.stopped", cut_off=cut_off)
    await _end_the_rest(CUT_OFF if cut_off else DONE)
    return CUT_OFF if cut_off else DONE


async def _end_the_rest(code: int) -> None:
    """End what handlers left running: tasks by cancelling, threads by waiting. Leave at once where something stays.

    The interpreter's own exit would wait for it for ever, and whoever stopped us would have to kill us.
    """
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    threads = asyncio.create_task(loop.shutdown_default_executor())
    _, stay = await asyncio.wait([threads, *tasks], timeout=LAST_WAIT)
    if stay:
        log.warning("worker.left_running", tasks=len(stay - {threads}), threads=threads in stay)
        await asyncio.sleep(0)  # the line is written
        os._exit(code)
