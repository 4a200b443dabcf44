"""What the admin port tells: the metrics that documents name, what they count, and health apart
from readiness.
"""

import re
import signal
from pathlib import Path
from typing import Any

from aio_pika.abc import AbstractChannel

from ingress.signature import sign
from runtime.ports import free_ports
from tests.system.pages import counted, page
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "DESIGN.md", "deploy/SECURITY.md", "deploy/env.example")
NAMED = {
    name
    for document in DOCUMENTS
    for name in re.findall(r"\bhookline_[a-z_]+\b", (ROOT / document).read_text())
}


async def test_every_metric_that_a_document_names_is_there(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        there = "".join([(await page(process, "/metrics"))[1] for process in (door, workers)])
    assert len(NAMED) >= 5
    assert set() == NAMED - set(re.findall(r"^# TYPE (\w+) ", there, re.MULTILINE))


async def test_metrics_count_what_became_of_webhooks_and_which_secret_signed(
    url: str, app: str, record: Record
) -> None:
    secrets: dict[str, Any] = {"APP": app, "SECRETS": "new:hush,old:rusty"}
    accepted = "hookline_webhooks_accepted_total"
    refused = "hookline_webhooks_refused_total"
    async with (
        ingress(url, **secrets) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
    ):
        for signature in (
            sign(ORDER, b"hush"),
            sign(ORDER, b"hush"),
            sign(ORDER, b"rusty"),
            sign(ORDER, b"guessed"),
        ):
            await door.post("orders/create", ORDER, app=app, X_Spiffy_Hmac_Sha256=signature)
        assert (2, 1) == (
            await counted(door, accepted, app=app, topic="orders/create", secret="new"),
            await counted(door, accepted, app=app, topic="orders/create", secret="old"),
        )
        assert (
            1
            == await counted(door, refused, app=app, code="bad_signature")
            == await counted(door, refused)
        )

        await handled(record, "picky", 3)

        async def settled() -> bool:
            return (
                await counted(
                    workers, "hookline_deliveries_total", consumer="picky", outcome="dead"
                )
                == 3
            )

        await until(settled, what="three dead")
        assert 3 == await counted(
            workers, "hookline_dead_letters_made_total", consumer="picky", reason="rejected"
        )


async def test_a_command_without_a_broker_is_alive_and_not_ready_and_says_why(app: str) -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_ports(1)[0]}/"
    async with (
        ingress(nowhere, ready=False, APP=app) as door,
        worker(nowhere, ready=False, APP=app) as workers,
    ):
        for process in (door, workers):
            await process.event("broker.unreachable")
            assert 200 == (await page(process, "/healthz"))[0]
            status, text = await page(process, "/readyz")
            assert 503 == status
            assert re.search(r'"reason": "\w+', text)
        answer = await door.post("orders/create", ORDER, app=app)
        assert (503, True) == (answer.status, answer.headers["Retry-After"].isdecimal())


async def test_of_several_brokers_the_next_is_tried_where_one_does_not_answer(
    url: str, app: str, record: Record
) -> None:
    urls = f"amqp://guest:guest@127.0.0.1:{free_ports(1)[0]}/,{url}"
    async with ingress(urls, APP=app) as door, worker(urls, "--consumer", "taker", APP=app):
        identity = await door.accepted("orders/create", ORDER, app=app)
        (line,) = await handled(record, "taker")
    assert identity == line["id"]
    code, out, err = await finished(
        "hookline-workers", "check", "consumers", env=environment(urls, APP=app)
    )
    assert 3 == code, out + err  # the other consumers of the module were never declared
    assert f"{app}.picky.orders.create is missing" in out


async def test_workers_are_ready_only_while_every_queue_is_consumed(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    env = environment(url, APP=app)
    declare = ("hookline-workers", "topology", "declare", "consumers")
    assert 0 == (await finished(*declare, env=env))[0]
    async with worker(url, "--consumer", "taker", APP=app, DECLARE="verify") as workers:
        await amqp.queue_delete(f"{app}.taker.carts.update")

        async def why_not() -> str:
            return (await page(workers, "/readyz"))[1]

        async def told() -> bool:
            return f'"not consuming {app}.taker.carts.update"' in await why_not()

        await until(told, what="the queue that is gone named")
        assert 503 == (await page(workers, "/readyz"))[0]
        assert 0 == (await finished(*declare, env=env))[0]

        async def is_ready() -> bool:
            return (await page(workers, "/readyz"))[0] == 200

        await until(is_ready, what="ready again")


async def test_a_second_signal_ends_an_ingress_that_waits_for_its_load_balancer(
    url: str, app: str
) -> None:
    async with ingress(url, APP=app, DRAIN_DELAY="300") as door:
        door.signal(signal.SIGTERM)
        await door.event("ingress.draining")
        assert (503, True) == ((await page(door, "/readyz"))[0], door.process.returncode is None)
        answer = await door.post("orders/create", ORDER, app=app)
        assert 200 == answer.status  # for so long as the load balancer may not have noticed
        door.signal(signal.SIGTERM)
        assert 0 == await door.ended(20)
