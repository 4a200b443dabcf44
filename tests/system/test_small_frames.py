"""A broker with small frames: headers and tracebacks are made to fit the one they travel in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiormq
import pytest

from deploy.local.rabbitmq import Node
from tests.system.processes import environment, ingress, started
from tests.system.record import Record, handled
from tests.system.samples import ORDER

CONSUMER = """
import json, os
from workers import Delivery, RetryPolicy, consumer
from tenacity import stop_after_attempt

def deep(depth: int) -> None:
    if not depth:
        raise ValueError("x" * 20_000)
    deep(depth - 1)

def deeper(depth: int) -> None:
    deeper(depth - 1) if depth else deep(20)

@consumer("orders/create", retry=RetryPolicy(stop=stop_after_attempt(1)))
async def failing(delivery: Delivery[bytes]) -> None:
    with open(os.environ["RECORD"], "a") as record:
        record.write(json.dumps({"who": "failing", "id": delivery.webhook.id}) + "\\n")
    deeper(20)
"""


@contextmanager
def frames_of(node: Node, size: int) -> Iterator[None]:
    """Have a broker take and send frames of at most so many bytes on connections from now on."""
    set_to = "application:set_env(rabbit, frame_max, {})."
    usual = node.ctl("eval", "{ok, Size} = application:get_env(rabbit, frame_max), Size.")
    node.ctl("eval", set_to.format(size))
    try:
        yield
    finally:
        node.ctl("eval", set_to.format(usual.strip()))


@pytest.mark.parametrize(
    "frame_max",
    [4_096, pytest.param(8_192, marks=pytest.mark.slow("4,096 asks for more"))],
)
async def test_large_headers_and_tracebacks_fit_small_frames(
    tmp_path: Path, url: str, node: Node, app: str, record: Record, frame_max: int
) -> None:
    (tmp_path / "failing.py").write_text(CONSUMER)
    with frames_of(node, frame_max):
        async with await aiormq.connect(url) as connection:
            assert frame_max == connection.connection_tune.frame_max
        async with ingress(url, APP=app) as door:
            command = ["hookline-workers", "run", "failing"]
            async with started(command, environment(url, APP=app), tmp_path) as process:
                identity = await door.accepted(
                    "orders/create", ORDER, app=app, X_Spiffy_Long="y" * 8_000
                )
                await handled(record, "failing")
                await process.event("delivery.dead", id=identity)
                assert not process.events("broker.lost")
