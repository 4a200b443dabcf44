"""When the topology of an app is declared or checked, and what is concluded from it.

Only the broker is fake: it writes down what it is asked, and fails as it is told.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError
from schemas.broker_objects import Binding, Topology
from schemas.control import RESTATE_EVERY, ControlState
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from schemas.queue_facts import QueueFact
from schemas.topology import VERSION, guards, topology
from workers.broker import control, declaring, unconsumed, unrouted_depth, upkeep
from workers.broker.known import KnownControl
from workers.broker.publisher import Publisher
from workers.broker.standing import Standing
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.upkeep import CHECK_EVERY, CONFIRM_AFTER, QueueUpkeep
from workers.own_queues import OwnQueues

OWN = WorkQueue("app", "erp", "orders.create")
OTHER = WorkQueue("app", "mail", "orders.create")
ELSEWHERE = WorkQueue("app", "mail", "carts.update")
DIFFERS = TopologyDiffersError("queue app.erp.orders.create differs")


class Enough(Exception):
    """As many checks were made as the test asked for."""


class FakeBroker:
    """What upkeep asks of a broker."""

    def __init__(self) -> None:
        self.state: ControlState | None = None
        self.failures: list[Exception | None] = []
        self.journal: list[Any] = []
        self.written: list[dict[str, Any]] = []
        self.standing: Standing | None = None
        self.unrouted: Standing | None = None
        self.unbound = Topology((), (), ())

    async def read(self, *_: Any) -> ControlState | None:
        """Return the control log's state; fail as told."""
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        return self.state

    async def write(self, _: Any, __: str, record: dict[str, Any]) -> None:
        """Take note of a record."""
        self.written.append(record)

    async def declare_unbound(self, _: Any, whole: Topology) -> None:
        """Take note of what is to be bound next."""
        self.unbound = whole

    async def bind_at_once(self, _: Any, bindings: Sequence[Binding]) -> None:
        """Take note, and of what is bound before the bindings of the topology."""
        whole = self.unbound
        first = len(bindings) - len(whole.bindings)
        assert whole.bindings == bindings[first:]
        self.journal.append(("declare", whole, bindings[:first]))

    async def take_away(self, _: Any, bindings: Iterable[Binding]) -> None:
        """Take note."""
        self.journal.append(("take away", tuple(bindings)))

    async def verify(self, _: Any, whole: Topology) -> None:
        """Take note."""
        self.journal.append(("verify", whole))

    async def check_version(self, *_: Any) -> None:
        """Take note."""
        self.journal.append("check version")

    async def how_it_stands(self, *_: Any) -> Standing | None:
        """Tell how every queue stands."""
        return self.standing

    async def how_unrouted_stands(self, *_: Any) -> Standing | None:
        """Tell how much lies unrouted."""
        return self.unrouted


class Waits:
    """Takes the place of waiting: for none of the first pauses, and for no further one."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.checks = 1

    async def set_or_later(self, _: asyncio.Event, seconds: float) -> None:
        """Note the pause, and raise Enough after the last check."""
        self.seconds.append(seconds)
        if len(self.seconds) >= self.checks:
            raise Enough


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker in the place of the real one."""
    broker = FakeBroker()

    async def no_channel(_: KeptChannel) -> None:
        """Nothing here looks at it."""

    monkeypatch.setattr(KeptChannel, "get", no_channel)
    monkeypatch.setattr(control, "read", broker.read)
    monkeypatch.setattr(control, "write", broker.write)
    for name in ("declare_unbound", "bind_at_once", "take_away"):
        monkeypatch.setattr(declaring, name, getattr(broker, name))
    for name in ("verify", "check_version"):
        monkeypatch.setattr(upkeep, name, getattr(broker, name))
    monkeypatch.setattr(unconsumed, "standing_if_allowed", broker.how_it_stands)
    monkeypatch.setattr(unrouted_depth, "standing", broker.how_unrouted_stands)
    return broker


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """The pauses between two checks."""
    waits = Waits()

    async def no_pause(_: BaseException) -> None:
        """Go on at once after a failure."""

    monkeypatch.setattr(upkeep, "PAUSE", 0.0)
    monkeypatch.setattr(upkeep, "after_failure", no_pause)
    monkeypatch.setattr(upkeep, "jittered", float)
    monkeypatch.setattr(upkeep, "set_or_later", waits.set_or_later)
    return waits


def keeping(*queues: WorkQueue, verify_only: bool = False) -> QueueUpkeep:
    """Return the upkeep of an app whose own queues these are."""
    nothing = cast("Any", None)
    unrouted = UnroutedDepth("app", nothing)
    publisher = cast("Publisher", None)
    own = OwnQueues(dict.fromkeys(queues, 0))
    return QueueUpkeep("app", own, nothing, publisher, unrouted, verify_only=verify_only)


def telling(*queues: WorkQueue, at: int = 1, records: int = 1) -> ControlState:
    """Return the state of a control log in which these queues were declared."""
    facts = {queue.name: QueueFact("a host", at, 0) for queue in queues}
    return ControlState(VERSION, facts, records, records)


async def kept(one: QueueUpkeep, waits: Waits, checks: int = 1) -> None:
    """Make so many checks."""
    waits.checks = len(waits.seconds) + checks
    with pytest.raises(Enough):
        await one.keep()


async def test_all_known_queues_are_declared_others_too(broker: FakeBroker, waits: Waits) -> None:
    broker.state = telling(ELSEWHERE)
    one = keeping(OWN)
    await kept(one, waits)
    assert {OWN, ELSEWHERE} == one.known
    assert broker.journal == [
        "check version",
        ("declare", topology("app", one.known), ()),
        ("take away", guards("app", one.known)),
    ]


async def test_while_several_new_queues_of_a_topic_are_bound_it_is_guarded(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.state = telling(ELSEWHERE)
    one = keeping(OWN, OTHER)
    await kept(one, waits)
    assert ("declare", topology("app", one.known), guards("app", [OWN, OTHER])) in broker.journal


async def test_the_version_is_looked_at_until_all_is_declared_once(
    broker: FakeBroker, waits: Waits
) -> None:
    await kept(keeping(OWN), waits, checks=3)
    assert 1 == broker.journal.count("check version")


async def test_a_topic_with_one_queue_needs_no_guard(broker: FakeBroker, waits: Waits) -> None:
    one = keeping(OWN)
    await kept(one, waits)
    assert ("declare", topology("app", [OWN]), ()) in broker.journal


async def test_what_the_log_tells_of_already_is_guarded_again_only_where_a_binding_was_lost(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.state = telling(OWN, OTHER)
    one = keeping(OWN)
    await kept(one, waits)
    assert not one.search_wanted.is_set()

    one.request()
    await kept(one, waits, checks=2)
    whole = topology("app", [OWN, OTHER])
    declared = [entry for entry in broker.journal if entry[0] == "declare"]
    assert [
        ("declare", whole, ()),
        ("declare", whole, guards("app", [OWN, OTHER])),
        ("declare", whole, ()),
    ] == declared
    assert one.search_wanted.is_set()


@pytest.mark.parametrize(
    "standing",
    [
        pytest.param(Standing(messages=1, consumers=0), id="more lies unrouted than was left"),
        pytest.param(Standing(messages=0, consumers=1), id="somebody searches what lies there"),
    ],
)
async def test_where_the_exchange_may_be_a_new_one_all_is_guarded(
    broker: FakeBroker, waits: Waits, standing: Standing
) -> None:
    broker.state = telling(OWN, OTHER)
    broker.unrouted = standing
    await kept(keeping(OWN), waits)
    whole = topology("app", [OWN, OTHER])
    assert [("declare", whole, guards("app", [OWN, OTHER]))] == broker.journal[1:2]


async def test_what_a_search_left_unrouted_is_no_reason_for_a_guard(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.state = telling(OWN, OTHER)
    broker.unrouted = Standing(messages=2, consumers=0)
    one = keeping(OWN)
    one._unrouted.left = 2
    await kept(one, waits)
    assert [("declare", topology("app", [OWN, OTHER]), ())] == broker.journal[1:2]


async def test_where_only_an_operator_declares_our_own_queues_are_checked_once(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.state = telling(OTHER)
    one = keeping(OWN, verify_only=True)
    await kept(one, waits, checks=2)
    assert ["check version", ("verify", topology("app", [OWN]))] == broker.journal
    assert one.declared.is_set()


async def test_a_difference_at_the_start_ends_it(broker: FakeBroker, waits: Waits) -> None:
    broker.failures = [DIFFERS]
    one = keeping(OWN)
    with pytest.raises(TopologyDiffersError):
        await one.keep()
    assert not one.declared.is_set()


async def test_a_difference_later_on_is_told_and_looked_at_again(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.failures = [None, DIFFERS]
    with capture_logs() as events:
        await kept(keeping(OWN), waits, checks=3)
    assert ["topology.differs"] == [event["event"] for event in events]
    assert [CHECK_EVERY] * 3 == waits.seconds


async def test_whoever_wants_all_declared_now_waits_until_it_is_whatever_is_lost_meanwhile(
    broker: FakeBroker, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.failures = [OSError("the link is gone"), OSError("the link is gone")]
    one = keeping(OWN)
    waiting = asyncio.create_task(one.now())
    await asyncio.sleep(0)

    went_on: list[bool] = []

    async def pause(_: BaseException) -> None:
        await asyncio.sleep(0)
        went_on.append(waiting.done())

    monkeypatch.setattr(upkeep, "after_failure", pause)
    await kept(one, waits)
    await waiting
    assert [False, False] == went_on
    assert one.declared.is_set()


async def test_what_we_run_is_written_to_the_log_where_it_does_not_say_so(
    broker: FakeBroker, waits: Waits
) -> None:
    await kept(keeping(OWN), waits)
    (record,) = broker.written
    assert "declared" == record["what"]
    assert VERSION == record["topology"]
    assert [OWN.name] == record["queues"]


async def test_the_log_is_restated_once_it_is_long_and_else_left_alone(
    broker: FakeBroker, waits: Waits
) -> None:
    far_ahead = 2**52
    broker.state = telling(OWN, at=far_ahead)
    await kept(keeping(OWN), waits)
    assert [] == broker.written

    broker.state = telling(OWN, at=far_ahead, records=RESTATE_EVERY)
    await kept(keeping(OWN), waits)
    assert ["state"] == [record["what"] for record in broker.written]


async def test_a_queue_that_seems_unconsumed_is_looked_at_again_soon(
    broker: FakeBroker, waits: Waits
) -> None:
    broker.state = telling(OTHER)
    broker.standing = Standing(messages=3, consumers=0)
    with capture_logs() as events:
        await kept(keeping(OWN), waits, checks=2)
    assert [CONFIRM_AFTER, CHECK_EVERY] == waits.seconds
    assert ["queue.unconsumed"] == [event["event"] for event in events]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (Order(Ordered.PAUSED, "mail"), []),
        (Order(Ordered.OPENED, "mail", "orders.create"), []),
        (Order(Ordered.PAUSED, "mail", until=1), ["queue.unconsumed"]),
        (Order(Ordered.PAUSED, "another"), ["queue.unconsumed"]),
    ],
    ids=["paused", "its breaker is open", "was paused", "another is paused"],
)
async def test_a_queue_that_is_held_is_not_told_to_be_unconsumed(
    broker: FakeBroker, waits: Waits, order: Order, told: list[str]
) -> None:
    broker.state = replace(telling(OTHER), orders={order.key: order})
    broker.standing = Standing(messages=3, consumers=0)
    with capture_logs() as events:
        await kept(keeping(OWN), waits, checks=2)
    assert told == [event["event"] for event in events]


async def test_whatever_the_log_says_is_known_unless_it_says_nothing(
    broker: FakeBroker, waits: Waits
) -> None:
    known = KnownControl()
    nothing = cast("Any", None)
    one = QueueUpkeep(
        "app",
        OwnQueues({OWN: 0}),
        nothing,
        cast("Publisher", None),
        UnroutedDepth("app", nothing),
        verify_only=False,
        control=known,
    )
    for broker.state in (telling(OTHER), telling(OTHER, records=2), ControlState(), None):
        await kept(one, waits)
    assert telling(OTHER, records=2) == known.state


async def test_a_binding_that_is_lost_while_all_is_declared_is_guarded_by_the_next_check(
    broker: FakeBroker, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.state = telling(OWN, OTHER)
    one = keeping(OWN)
    losses = [True, False]

    async def declare_unbound(kept: Any, whole: Topology) -> None:
        if losses.pop(0):
            one.request()
        await broker.declare_unbound(kept, whole)

    monkeypatch.setattr(declaring, "declare_unbound", declare_unbound)
    await kept(one, waits, checks=2)
    guarded = [entry[2] for entry in broker.journal if entry[0] == "declare"]
    assert [(), guards("app", [OWN, OTHER])] == guarded


async def test_what_could_not_be_declared_is_guarded_when_it_is_tried_again(
    broker: FakeBroker, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exchange that was missing may be there again by then, without any binding."""
    broker.state = telling(OWN, OTHER)
    failures = [True, False]

    async def bind_at_once(kept: Any, bindings: Sequence[Binding]) -> None:
        await broker.bind_at_once(kept, bindings)
        if failures.pop(0):
            raise OSError("no such exchange")

    monkeypatch.setattr(declaring, "bind_at_once", bind_at_once)
    await kept(keeping(OWN), waits)
    guarded = [entry[2] for entry in broker.journal if entry[0] == "declare"]
    assert [(), guards("app", [OWN, OTHER])] == guarded
