"""Following the control log: what is told of it, and what is said where that cannot be.

Only the broker is fake: each time that it is asked to follow, it does what is next in the story.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn, cast

import pytest
from structlog.testing import capture_logs

from schemas.control import ControlState
from workers.broker import control, following, perseverance
from workers.broker.following import Following
from workers.broker.known import KnownControl

SOME = ControlState(next_offset=5)
MORE = ControlState(next_offset=6)
ANEW = ControlState(next_offset=2)


class Enough(Exception):
    """The story is told."""


class FakeBroker:
    """What it says of the log each time: a state, None for no log, or an error."""

    def __init__(self, *story: ControlState | Exception | None) -> None:
        self.story = list(story)
        self.taken: list[ControlState] = []
        self.known: list[ControlState] = []
        self.pauses: list[float] = []

    async def connection(self) -> Any:
        """Connect."""

    async def read(self, _: Any, __: str, known: ControlState) -> ControlState | None:
        """Read the log."""
        self.known.append(known)
        if not self.story:
            raise Enough
        said = self.story.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    async def follow(
        self, _: Any, __: str, state: ControlState, heard: Callable[[ControlState], None]
    ) -> NoReturn:
        """Follow it, until the channel is lost at once."""
        heard(state)
        raise OSError("the channel is gone")

    async def sleep(self, seconds: float) -> None:
        """Note a pause."""
        self.pauses.append(seconds)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Tell a story to its end; return the broker and what was logged."""

    @asynccontextmanager
    async def no_channel(_: Any) -> AsyncIterator[None]:
        yield None

    async def tell(*story: ControlState | Exception | None) -> tuple[FakeBroker, list[Any]]:
        broker = FakeBroker(*story)
        monkeypatch.setattr(following, "channel_of", no_channel)
        monkeypatch.setattr(perseverance, "jittered", float)
        monkeypatch.setattr(perseverance, "asyncio", broker)
        monkeypatch.setattr(control, "read", broker.read)
        monkeypatch.setattr(control, "follow", broker.follow)
        declared = asyncio.Event()
        declared.set()

        known = KnownControl()
        known.listen(lambda: broker.taken.append(known.state))
        with capture_logs() as events:
            one = Following("app", cast("Any", broker.connection), known)
            with pytest.raises(Enough):
                await one.keep(declared)
        return broker, events

    return tell


async def test_after_a_loss_the_log_is_read_on_from_where_it_was_known(told: Any) -> None:
    broker, events = await told(SOME, MORE)
    assert [SOME, MORE] == broker.taken
    assert [ControlState(), SOME, MORE] == broker.known
    assert ["control.not_followed"] * 2 == [event["event"] for event in events]


async def test_a_log_that_cannot_be_followed_is_told_of_once_with_growing_pauses(
    told: Any,
) -> None:
    broker, events = await told(*[PermissionError("refused")] * 9)
    assert 1 == len(events)
    assert "PermissionError: refused" == events[0]["error"]
    assert [0.5, 1, 2, 4, 8, 16, 32, 60, 60] == broker.pauses
    assert [] == broker.taken


async def test_no_log_is_told_of_once_too(told: Any) -> None:
    broker, events = await told(None, None)
    assert ["NoControlLog: the broker has none"] == [event["error"] for event in events]
    assert [] == broker.taken


async def test_a_log_that_tells_of_nothing_any_more_takes_nothing_back(told: Any) -> None:
    broker, _ = await told(SOME, ControlState(), ANEW)
    assert [SOME, ANEW] == broker.taken


async def test_a_log_that_is_empty_from_the_start_is_followed(told: Any) -> None:
    broker, _ = await told(ControlState(), SOME)
    assert [SOME] == broker.taken


async def test_whatever_was_lost_the_next_pause_after_it_worked_is_short_again(told: Any) -> None:
    refused = PermissionError("refused")
    broker, events = await told(refused, refused, refused, SOME, refused)
    assert [0.5, 1, 2, 0.5, 1] == broker.pauses
    assert 2 == len(events)
