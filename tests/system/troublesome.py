"""Consumers that do what no author means to do, and their own workers must outlive."""

import time
from typing import Any

import structlog
from tenacity import stop_after_attempt, wait_fixed

from tests.system.consumers import record
from workers import Delivery, RetryPolicy, consumer

TWICE = RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(2))


class ApiError(Exception):
    """Cannot say what it is when it was raised with one argument only."""

    def __str__(self) -> str:
        """Return text and code."""
        return f"{self.args[1]}: {self.args[0]}"


@consumer("orders/create", retry=TWICE)
async def half_a_pair(delivery: Delivery[bytes]) -> None:
    """Fail with what `os.listdir` gives for a name in Latin-1, and with what a terminal obeys."""
    record(delivery, "half_a_pair")
    raise ValueError("cannot open inv\udce9.csv \x1b[31m\nforged")


@consumer("orders/create", retry=TWICE)
async def speechless(delivery: Delivery[bytes]) -> None:
    """Fail with an error whose text fails."""
    record(delivery, "speechless")
    raise ApiError("timeout")


@consumer("orders/create")
async def logs_anything(delivery: Delivery[bytes]) -> None:
    """Log what cannot be encoded."""
    log = structlog.get_logger()
    ring: list[Any] = []
    ring.append(ring)
    log.info(
        "stock.left",
        by_variant={41: 3},
        much=2**70,
        ring=ring,
        name="inv\udce9",
        error=ApiError("x"),
    )
    log.info("stock of %d", "none")
    record(delivery, "logs_anything")


@consumer("orders/create", timeout=60)
async def blocks(delivery: Delivery[bytes]) -> None:
    """Hold the loop up for longer than the broker waits for a heartbeat."""
    record(delivery, "blocks")
    time.sleep(6)  # noqa: ASYNC251 - the fault itself
