"""The admin port: alive whatever the broker does, ready only without a reason, and its metrics."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CONTENT_TYPE_LATEST, Gauge

from runtime.admin import admin_pages, metrics_of_this_process
from runtime.telemetry import READY, TASKS


class Process:
    """Stands for the process that is asked."""

    def __init__(self, reason: object = "") -> None:
        self.reason = reason
        self.asked = 0

    async def why_not_ready(self) -> object:
        """Return the reason, and count that it was asked for."""
        self.asked += 1
        return self.reason

    async def metrics_page(self) -> str:
        """Return a page."""
        return "# HELP a_total An ä.\n"


@asynccontextmanager
async def asking(process: Process) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Serve the pages of a process on the loopback, and give a client to ask them."""
    app = admin_pages(process.why_not_ready, process.metrics_page).app
    assert isinstance(app, web.Application)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_process_that_is_not_ready_is_alive_and_is_not_asked_for_a_reason() -> None:
    process = Process("no connection")
    async with asking(process) as client:
        answer = await client.get("/healthz")
        assert HTTPStatus.OK == answer.status
        assert {"alive": True} == await answer.json()
    assert 0 == process.asked


async def test_a_process_without_a_reason_against_it_is_ready() -> None:
    async with asking(Process("")) as client:
        answer = await client.get("/readyz")
        assert HTTPStatus.OK == answer.status
        assert {"ready": True, "reason": ""} == await answer.json()


async def test_metrics_tell_what_was_last_answered_about_readiness_once_it_was_asked_for() -> None:
    READY.set(math.nan)
    process = Process("no connection")
    async with asking(process) as client:
        await client.get("/healthz")
        assert math.isnan(told(READY))

        await client.get("/readyz")
        assert 0 == told(READY)

        process.reason = ""
        await client.get("/readyz")
        assert 1 == told(READY)


def told(metric: Gauge) -> float:
    """Return the value of a metric."""
    (family,) = metric.collect()
    (sample,) = family.samples
    return float(sample.value)


async def test_a_process_that_is_not_ready_says_why() -> None:
    async with asking(Process({1: "no connection"})) as client:
        answer = await client.get("/readyz")
        assert HTTPStatus.SERVICE_UNAVAILABLE == answer.status
        assert {"ready": False, "reason": {"1": "no connection"}} == await answer.json()


async def test_metrics_are_served_in_the_form_that_prometheus_reads() -> None:
    async with asking(Process()) as client:
        answer = await client.get("/metrics")
        assert HTTPStatus.OK == answer.status
        assert CONTENT_TYPE_LATEST == answer.headers["Content-Type"]
        assert "# HELP a_total An ä.\n" == await answer.text()


async def test_a_page_that_does_not_exist_is_not_found() -> None:
    async with asking(Process()) as client:
        answer = await client.get("/")
        assert HTTPStatus.NOT_FOUND == answer.status


async def test_the_metrics_of_this_process_count_its_tasks_anew_each_time() -> None:
    TASKS.set(1_000)
    assert "python_info" in await metrics_of_this_process()

    running = asyncio.all_tasks()
    assert len(running) == told(TASKS)
