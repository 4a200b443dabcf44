"""When the ingress declares or checks its topology, and what speaks against storing a webhook.

Only the broker is fake: it writes down what it is asked, and fails as it is told.
"""

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from ingress import upkeep
from ingress.upkeep import CHECK_DIFFERENCE_EVERY, CHECK_TOPOLOGY_EVERY, DOUBTFUL, EntryUpkeep
from runtime.amqp.declare import TopologyDiffersError
from schemas.broker_objects import Topology

DIFFERS = TopologyDiffersError("exchange one.webhooks differs")


class Enough(Exception):
    """As many looks were taken as the test asked for."""


class FakeBroker:
    """What upkeep asks of a broker, the pauses between, and the time."""

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.apps: list[list[str]] = []
        self.pauses: list[float] = []
        self.failures: list[Exception | None] = []
        self.looks = 1
        self.now = 1_000.0

    async def declare(self, _: Any, whole: Topology) -> None:
        """Take note; fail as told."""
        self._note("declare", whole)

    async def verify(self, _: Any, whole: Topology) -> None:
        """Take note; fail as told."""
        self._note("verify", whole)

    def _note(self, asked: str, whole: Topology) -> None:
        self.journal.append(asked)
        names = {exchange.name.partition(".")[0] for exchange in whole.exchanges}
        self.apps.append(sorted(names))
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure

    async def set_or_later(self, _: asyncio.Event, seconds: float) -> None:
        """Note a pause instead of waiting; raise Enough after the last look."""
        self.pauses.append(seconds)
        if len(self.pauses) > self.looks:
            raise Enough

    async def looked(self, one: EntryUpkeep, times: int = 1) -> None:
        """Take so many looks."""
        self.looks = len(self.pauses) + times
        with pytest.raises(Enough):
            await one.keep(cast("Any", None))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker in the place of the real one."""
    broker = FakeBroker()

    async def no_pause() -> None:
        """Go on at once."""

    for name in ("declare", "verify", "set_or_later"):
        monkeypatch.setattr(upkeep, name, getattr(broker, name))
    monkeypatch.setattr(upkeep, "jittered", float)
    monkeypatch.setattr(upkeep, "monotonic", lambda: broker.now)
    monkeypatch.setattr(upkeep, "pause_a_moment", no_pause)
    return broker


@pytest.mark.parametrize(("verify_only", "asked"), [(False, "declare"), (True, "verify")])
async def test_it_looks_at_once_and_then_every_minute(
    broker: FakeBroker, verify_only: bool, asked: str
) -> None:
    one = EntryUpkeep(["one"], verify_only=verify_only)
    await broker.looked(one, times=2)
    assert [asked, asked] == broker.journal
    assert [0.0, CHECK_TOPOLOGY_EVERY, CHECK_TOPOLOGY_EVERY] == broker.pauses
    assert one.declared.is_set()


async def test_a_new_link_is_not_held_up_by_a_look(broker: FakeBroker) -> None:
    one = EntryUpkeep(["one"], verify_only=False)
    await broker.looked(one)
    broker.pauses.clear()
    await broker.looked(one, times=0)
    assert [CHECK_TOPOLOGY_EVERY] == broker.pauses


async def test_a_difference_before_it_was_ever_whole_ends_it(broker: FakeBroker) -> None:
    broker.failures = [DIFFERS]
    with pytest.raises(TopologyDiffersError):
        await EntryUpkeep(["one"], verify_only=False).keep(cast("Any", None))


async def test_a_lost_link_is_told_and_the_next_look_is_at_once(broker: FakeBroker) -> None:
    broker.failures = [OSError("the link is gone")]
    with capture_logs() as events:
        await broker.looked(EntryUpkeep(["one"], verify_only=False))
    assert [0.0, 0.0] == broker.pauses
    assert ["topology.not_declared"] == [event["event"] for event in events]


@pytest.mark.parametrize(("verify_only", "told"), [(False, ""), (True, str(DIFFERS))])
async def test_a_difference_later_on_makes_unready_only_where_an_operator_has_to_mend_it(
    broker: FakeBroker, verify_only: bool, told: str
) -> None:
    broker.failures = [None, DIFFERS]
    one = EntryUpkeep(["one"], verify_only=verify_only)
    with capture_logs() as events:
        await broker.looked(one, times=2)
    assert ["topology.differs"] == [event["event"] for event in events]
    assert told == one.why_not_ready()
    assert CHECK_DIFFERENCE_EVERY == broker.pauses[-1]

    await broker.looked(one)
    assert "" == one.why_not_ready()


async def test_webhooks_that_came_back_speak_against_their_apps_for_a_while(
    broker: FakeBroker,
) -> None:
    one = EntryUpkeep(["one", "two", "three"], verify_only=True)
    one.note_returned("two")
    one.note_returned("one")
    assert "returned: no queue took a webhook of one, two" == one.why_not_ready()

    await broker.looked(one)
    assert "returned: no queue took a webhook of one, two" == one.why_not_ready()
    broker.now += DOUBTFUL
    assert "" == one.why_not_ready()


async def test_where_we_declare_what_came_back_is_forgotten_once_all_is_declared(
    broker: FakeBroker,
) -> None:
    one = EntryUpkeep(["one"], verify_only=False)
    one.note_returned("one")
    await broker.looked(one)
    assert "" == one.why_not_ready()


async def test_more_apps_are_held_once_the_broker_holds_what_they_need(broker: FakeBroker) -> None:
    one = EntryUpkeep(["one"], verify_only=True)
    await broker.looked(one)
    widening = asyncio.create_task(one.widen(["one", "two"]))
    await asyncio.sleep(0)
    await broker.looked(one, 2)
    assert "" == await widening
    assert [["one"], ["one", "two"], ["one", "two"]] == broker.apps


async def test_an_app_whose_topology_differs_is_not_held_and_speaks_against_nobody(
    broker: FakeBroker,
) -> None:
    one = EntryUpkeep(["one"], verify_only=True)
    await broker.looked(one)
    widening = asyncio.create_task(one.widen(["one", "two"]))
    await asyncio.sleep(0)
    broker.failures = [DIFFERS]
    await broker.looked(one, 2)
    assert str(DIFFERS) == await widening
    assert "" == one.why_not_ready()
    assert [["one"], ["one", "two"], ["one"]] == broker.apps


async def test_an_app_that_is_gone_is_held_no_longer(broker: FakeBroker) -> None:
    one = EntryUpkeep(["one", "two"], verify_only=True)
    one.narrow(["two"])
    await broker.looked(one)
    assert [["two"]] == broker.apps
