"""Writing the pulse: it goes on whatever happens, says once that it cannot, and harms nothing.

The broker is fake: it takes what is published, or fails as it is told.
"""

import asyncio
from typing import Any, cast

import pytest
from aiormq.exceptions import ChannelAccessRefused
from structlog.testing import capture_logs

from runtime.amqp import channels, pulse
from runtime.amqp.confirms import Failure
from runtime.amqp.pulse import LONGEST_PAUSE, Pulse
from runtime.waiting import set_or_later
from schemas.pulse import EVERY


class Enough(Exception):
    """As many beats were tried as the test asked for."""


class FakeBroker:
    """A connection with a channel on it, and the pauses between the beats."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self.connected.set()
        self.is_closed = False
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.failures: list[Failure | None] = []
        self.journal: list[Any] = []
        self.refuses_to_declare = False
        self.beats = 1
        self.pauses: list[float] = []

    async def open_confirmed(self, connection: Any, _: float) -> tuple[Any, Any]:
        """Open a channel."""
        self.is_closed = False
        self.journal.append("open")
        return self, self

    async def declare(self, *_: Any) -> None:
        """Declare the stream."""
        self.journal.append("declare")
        if self.refuses_to_declare:
            raise ChannelAccessRefused("no streams here")

    async def publish(self, exchange: str, key: str, _: Any, body: bytes) -> Failure | None:
        """Take a beat, or fail."""
        assert ("app.pulse", "") == (exchange, key)
        failure = None
        if self.failures:
            failure = self.failures.pop(0)
        self.is_closed = failure is Failure.LOST
        self.journal.append(failure or body)
        return failure

    async def close(self) -> None:
        """Close the channel."""
        self.is_closed = True
        self.journal.append("close")

    async def set_or_later(self, _: asyncio.Event, seconds: float) -> None:
        """Note a pause instead of waiting."""
        self.pauses.append(seconds)
        if len(self.pauses) >= self.beats:
            raise Enough

    async def connection(self) -> Any:
        """Return the connection."""
        return self

    async def beat(self, one: Pulse, times: int = 1) -> list[dict[str, Any]]:
        """Have so many beats written; return what was logged."""
        self.beats = len(self.pauses) + times
        with capture_logs() as logs, pytest.raises(Enough):
            await one.keep(self.connection)
        return [dict(line) for line in logs]


@pytest.fixture
async def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker in place of the real one."""
    fake = FakeBroker()
    monkeypatch.setattr(pulse, "open_confirmed", fake.open_confirmed)
    monkeypatch.setattr(pulse, "declare", fake.declare)
    monkeypatch.setattr(pulse, "jittered", lambda seconds: seconds)
    monkeypatch.setattr(channels, "CLOSING", 0.01)
    monkeypatch.setattr(pulse, "set_or_later", fake.set_or_later)
    return fake


def writing(*, declares: bool = True) -> Pulse:
    """Return a pulse whose every beat is `beat`."""

    async def beat() -> bytes:
        return b"beat"

    return Pulse("app", beat, 4.0, declares=declares)


async def test_a_beat_is_written_every_few_seconds_on_one_channel(broker: FakeBroker) -> None:
    assert [] == await broker.beat(writing(), 3)
    assert ["declare", "open", b"beat", b"beat", b"beat"] == broker.journal
    assert [EVERY] * 3 == broker.pauses


async def test_who_may_not_declare_only_writes(broker: FakeBroker) -> None:
    await broker.beat(writing(declares=False))
    assert ["open", b"beat"] == broker.journal


async def test_where_an_operator_has_declared_it_a_refused_declare_is_nothing(
    broker: FakeBroker,
) -> None:
    broker.refuses_to_declare = True
    assert [] == await broker.beat(writing(), 2)
    assert ["declare", "open", b"beat", b"beat"] == broker.journal


async def test_what_the_broker_refuses_is_told_once_and_tried_ever_more_seldom(
    broker: FakeBroker,
) -> None:
    broker.refuses_to_declare = True
    broker.closing.set_exception(ChannelAccessRefused("access to app.pulse refused"))
    broker.failures = [Failure.LOST] * 9
    logs = await broker.beat(writing(), 9)
    assert ["pulse.not_written"] == [line["event"] for line in logs]
    assert "access to app.pulse refused; not declared: no streams here" in logs[0]["error"]
    assert [10, 20, 40, 80, 160, *[LONGEST_PAUSE] * 4] == broker.pauses


async def test_once_it_is_written_again_it_says_so_and_would_warn_again(
    broker: FakeBroker,
) -> None:
    one = writing()
    broker.failures = [Failure.RETURNED, None, Failure.RETURNED]
    logs = await broker.beat(one, 3)
    assert ["pulse.not_written", "pulse.written", "pulse.not_written"] == [
        line["event"] for line in logs
    ]
    assert [10, EVERY, 10] == broker.pauses
    again = ["declare", "open"]
    assert [*again, Failure.RETURNED, "close", *again] == broker.journal[:6]


async def test_a_link_that_is_lost_is_told_by_others_and_the_next_begins_anew(
    broker: FakeBroker,
) -> None:
    one = writing()
    broker.failures = [Failure.LOST]
    broker.connected.clear()
    assert [] == await broker.beat(one)
    assert [EVERY] == broker.pauses

    broker.connected.set()
    other = FakeBroker()
    other.pauses = broker.pauses
    broker.connection = other.connection  # type: ignore[method-assign]
    await broker.beat(one)
    assert ["declare", "open", b"beat"] == broker.journal[-3:]


async def test_a_fault_of_ours_ends_nothing(broker: FakeBroker) -> None:
    async def fails() -> bytes:
        raise ZeroDivisionError("ours")

    one = Pulse("app", cast("Any", fails), 4.0, declares=True)
    logs = await broker.beat(one, 2)
    assert ["pulse.not_written"] == [line["event"] for line in logs]
    assert "ZeroDivisionError" in logs[0]["error"]


async def test_a_beat_that_tells_something_new_is_written_at_once(
    broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "set_or_later", set_or_later)
    monkeypatch.setattr(pulse, "EVERY", 3_600.0)  # so that none is written by itself
    one = writing()
    keeping = asyncio.create_task(one.keep(broker.connection))
    await one.now(10.0)
    first = len(broker.journal)
    await one.now(10.0)
    keeping.cancel()
    assert [b"beat"] == broker.journal[first:]
