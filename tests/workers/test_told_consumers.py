"""What `check` and `topology show` say of a consumer."""

import pytest

from workers import Delivery, Once, consumer
from workers.commands.check import described
from workers.commands.topology import show_topology
from workers.options import Options
from workers.settings import Settings
from workers.stores.memory import MemoryStore
from workers.told_options import told_options

ONCE = "once by id within 2d, claims in memory, runs while that is away"


@consumer("orders/create", breaker=None, once=Once(MemoryStore()))
async def erp(delivery: Delivery[bytes]) -> None:
    """Take an order."""


OPTIONS: list[tuple[Options, list[str]]] = [
    ({}, []),
    ({"rate": "60/m", "per_shop": 2}, ["rate=60/m per_shop=2"]),
    ({"max_age": 3_600}, ["max_age=3600"]),
    ({"partitions": 2, "ordered": True}, ["2 partitions a topic", "each shop's in its order"]),
    (
        {"partitions": 2, "ordered": True, "on_dead": "halt"},
        ["2 partitions a topic", "each shop's in its order, halted by a dead one"],
    ),
    ({"partitions": 8, "replay": "never"}, ["8 partitions a topic", "never replayed"]),
]


@pytest.mark.parametrize(("said", "told"), OPTIONS)
def test_what_an_author_says_of_a_consumer_is_told_and_nothing_else(
    said: Options, told: list[str]
) -> None:
    @consumer("orders/create", **said)
    async def mail(delivery: Delivery[bytes]) -> None:
        """Take an order."""

    assert told == told_options(mail)[1:]  # behind its breaker


def test_check_says_how_what_comes_twice_takes_effect_once() -> None:
    told = f"consumer erp: orders/create -> bytes, 16 at once a queue, no breaker, {ONCE}"
    assert told == described(erp)


def test_the_topology_says_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(amqp_url=("amqp://localhost",), app="shop")
    show_topology(settings, [erp])
    assert f"consumer erp: no breaker, {ONCE}" in capsys.readouterr().out.splitlines()
