"""Whether the broker still gives what there is: without a broker, which is faked."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from workers.broker.subscription import Subscription


@dataclass
class Answer:
    """What a passive declaration answers."""

    message_count: int


class FakeChannel:
    """Tells how many messages are ready; so many come while it is asked."""

    def __init__(self, ready: int, arriving: int = 0) -> None:
        self.received = 5
        self._ready = ready
        self._arriving = arriving

    async def queue_declare(self, *_: Any, **__: Any) -> Answer:
        """Answer."""
        self.received += self._arriving
        return Answer(self._ready)


@pytest.mark.parametrize(
    ("channel", "before", "busy", "expected"),
    [
        (FakeChannel(ready=1), 5, False, True),
        (FakeChannel(ready=0), 5, False, False),
        (FakeChannel(ready=1), 4, False, False),
        (FakeChannel(ready=1), 5, True, False),
        (FakeChannel(ready=1, arriving=1), 5, False, False),
    ],
    ids=["nothing came", "nothing is ready", "one came", "one is under way", "one comes just now"],
)
async def test_it_is_stuck_where_messages_are_ready_and_none_came(
    channel: FakeChannel, before: int, busy: bool, expected: bool
) -> None:
    subscription = Subscription(
        "queue",
        1,
        lambda *_: None,
        count_received=lambda: channel.received,
        is_busy=lambda: busy,
    )
    assert expected == await subscription._is_stuck(cast("Any", channel), before)
