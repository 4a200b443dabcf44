"""What `check` and `topology show` say of a consumer."""

import pytest

from workers import Delivery, Once, consumer
from workers.commands.check import described
from workers.commands.topology import show_topology
from workers.settings import Settings
from workers.stores.memory import MemoryStore

ONCE = "once by id within 2d, claims in memory, runs while that is away"


@consumer("orders/create", breaker=None, once=Once(MemoryStore()))
async def erp(delivery: Delivery[bytes]) -> None:
    """Take an order."""


def test_check_says_how_what_comes_twice_takes_effect_once() -> None:
    told = f"consumer erp: orders/create -> bytes, 16 at once a queue, no breaker, {ONCE}"
    assert told == described(erp)


def test_the_topology_says_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(amqp_url=("amqp://localhost",), app="shop")
    show_topology(settings, [erp])
    assert f"consumer erp: no breaker, {ONCE}" in capsys.readouterr().out.splitlines()
