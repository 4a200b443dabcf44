"""What real pages of metrics show: what deploy/METRICS.md says, and nothing that Prometheus's own
program has something against.
"""

import asyncio
import re

from tests.deploy.metrics_told import BOTH, served, told, unknown_labels
from tests.deploy.promtool import promtool
from tests.system.pages import page
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER


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

        done = await asyncio.to_thread(promtool, "check", "metrics", given=text)
        assert (0, "") == (done.returncode, done.stderr)
