"""The admin port of a process: is it alive, is it ready, and what does it count?"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from runtime.lifetime import LAST_WAIT
from runtime.metrics_page import metrics_page
from runtime.telemetry import READY, TASKS

WhyNotReady = Callable[[], Awaitable[object]]
"""Returns the reason, as JSON can write it; what is false means ready."""

MetricsPage = Callable[[], Awaitable[str]]
"""Returns the metrics as Prometheus reads them."""


def admin_pages(why_not_ready: WhyNotReady, show_metrics: MetricsPage) -> web.AppRunner:
    """Return what serves `/healthz` (never asks the broker), `/readyz` and `/metrics`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        reason = await why_not_ready()
        READY.set(not reason)
        answer = {"ready": not reason, "reason": reason}
        status = HTTPStatus.OK
        if reason:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response(answer, status=status)

    async def metrics(_: web.Request) -> web.Response:
        page = await show_metrics()
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=page.encode(), headers=headers)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return web.AppRunner(app, access_log=None, shutdown_timeout=LAST_WAIT)


async def metrics_of_this_process() -> str:
    """Return the page of this process's metrics."""
    running = asyncio.all_tasks()
    TASKS.set(len(running))
    return metrics_page()
