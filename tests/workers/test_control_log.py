"""Reading the control log while its channel goes away, and what a log that tells nothing takes
back.
"""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp import stream
from runtime.amqp.channels import KeptChannel
from schemas.control import ControlState
from schemas.names import WorkQueue
from schemas.queue_facts import QueueFact
from workers.broker import control, unconsumed, upkeep
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.upkeep import QueueUpkeep
from workers.own_queues import OwnQueues

OWN = WorkQueue("app", "erp", "orders.create")
OTHER = WorkQueue("app", "mail", "orders.create")
TELLS = ControlState(2, {OTHER.name: QueueFact("host", 1, 0)}, 1, 1)


class LostChannel:
    """A channel that is lost as soon as something is consumed on it."""

    is_closed = False

    async def queue_declare(self, _: str, *, passive: bool) -> None:
        """Say that there is such a queue."""
        assert passive

    async def basic_qos(self, *, prefetch_count: int) -> None:
        """Take note."""

    async def basic_consume(self, _: str, __: Any, *, arguments: dict[str, Any]) -> SimpleNamespace:
        """Begin, and be lost."""
        self.is_closed = True
        return SimpleNamespace(consumer_tag="tag")


async def test_a_log_whose_channel_is_lost_meanwhile_is_not_taken_for_an_empty_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "EMPTY", 0.01)
    with pytest.raises(ChannelInvalidStateError):
        await control.read(cast("Channel", LostChannel()), "app")


@pytest.mark.parametrize(
    "silent", [None, ControlState()], ids=["gone", "empty, or not answered in time"]
)
async def test_a_log_that_tells_of_nothing_takes_back_no_queue_that_it_told_of(
    monkeypatch: pytest.MonkeyPatch, silent: ControlState | None
) -> None:
    said = [TELLS, silent]

    async def read(*_: object) -> ControlState | None:
        return said.pop(0)

    async def nothing(*_: object) -> None:
        pass

    async def get(_: KeptChannel) -> Channel:
        return cast("Channel", None)

    monkeypatch.setattr(KeptChannel, "get", get)
    monkeypatch.setattr(control, "read", read)
    for name in ("check_version", "verify"):
        monkeypatch.setattr(upkeep, name, nothing)
    monkeypatch.setattr(unconsumed, "standing_if_allowed", nothing)
    monkeypatch.setattr(control, "write", nothing)

    none = cast("Any", None)
    own = OwnQueues({OWN: 0})
    keeping = QueueUpkeep("app", own, none, none, UnroutedDepth("app", none), verify_only=True)
    for _ in range(2):
        await keeping._check()
        assert {OWN, OTHER} == keeping.known
