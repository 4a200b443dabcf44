"""What real pages of metrics show: what deploy/METRICS.md says, and nothing that Prometheus's own
program has something against.
"""

import asyncio
import re

import aiohttp

from tests.deploy.metrics_told import BOTH, served, told, unknown_labels
from tests.deploy.promtool import promtool
from tests.system.pages import page
from tests.system.process import Process
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.test_console import console
from tests.system.waiting import until


async def test_both_commands_serve_what_the_document_says_in_prometheus_conventions(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", "--consumer", "picky", APP=app) as hands,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await door.post("orders/create", ORDER, app=app, X_Spiffy_Hmac_Sha256="guessed")
        await handled(record, "taker")
        await handled(record, "picky")
        pages = {
            "Ingress": (await page(door, "/metrics"))[1],
            "Workers": (await page(hands, "/metrics"))[1],
        }

    for section, text in pages.items():
        known = told(BOTH) | told(section)
        assert {name: one.kind for name, one in known.items()} == served(text)
        assert {} == unknown_labels(text, known)
        assert re.search(r'^hookline_\w+\{.*topic="orders/create"', text, re.MULTILINE)

        await has_nothing_against(text)


async def test_the_console_tells_that_it_reads_and_that_somebody_guesses(
    url: str, app: str
) -> None:
    async with console(url, app) as (process, address):
        await until(lambda: is_ready(process), what="the console has read")
        form = {"name": "jane", "password": "wrong horse"}
        headers = {"Origin": address.rstrip("/")}
        async with (
            aiohttp.ClientSession(address, headers=headers) as session,
            session.post("login", data=form) as answer,
        ):
            assert 403 == answer.status
        _, text = await page(process, "/metrics")

    known = told(BOTH) | told("Workers")
    assert {name: one.kind for name, one in known.items()} == served(text)
    assert {} == unknown_labels(text, known)
    for line in (
        rf'hookline_logins_refused_total\{{app="{app}",reason="wrong"\}} 1.0',
        rf'hookline_last_status_timestamp_seconds\{{app="{app}"\}} 1\.\d+e\+09',
        r'hookline_broker_connected\{link="console"\} 1.0',
        r'hookline_build_info\{.*role="console".*\} 1.0',
        "hookline_ready 1.0",
    ):
        assert re.search(rf"^{line}$", text, re.MULTILINE), line
    await has_nothing_against(text)


async def is_ready(process: Process) -> bool:
    """Tell whether a command says that it is ready."""
    status, _ = await page(process, "/readyz")
    return status == 200


async def has_nothing_against(text: str) -> None:
    """Have Prometheus's own program read a page of metrics."""
    done = await asyncio.to_thread(promtool, "check", "metrics", given=text)
    assert (0, "") == (done.returncode, done.stderr)
