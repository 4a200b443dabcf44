"""How a queue stands, by the answers of a channel. Only the channel is fake."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel
from workers.broker.standing import MayNotAsk, Standing, standing, standing_if_allowed


class FakeKept:
    """Gives a channel that answers every question with the same."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def get(self) -> "FakeKept":
        """Return the channel."""
        return self

    async def queue_declare(self, _: str, *, passive: bool) -> Any:
        """Answer, or fail."""
        assert passive
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def kept(answer: Any) -> KeptChannel:
    """As what our code takes it for."""
    return cast("KeptChannel", FakeKept(answer))


async def test_a_queue_stands_as_the_broker_counts_it() -> None:
    found = SimpleNamespace(message_count=3, consumer_count=2)
    assert Standing(3, 2) == await standing(kept(found), "q")


async def test_counts_that_the_broker_does_not_give_are_zero() -> None:
    found = SimpleNamespace(message_count=None, consumer_count=None)
    assert Standing(0, 0) == await standing(kept(found), "q")


async def test_a_queue_that_is_not_there_has_no_standing() -> None:
    assert None is await standing(kept(ChannelNotFoundEntity()), "q")


async def test_a_queue_that_we_may_not_ask_about_is_said_to_be_one() -> None:
    with pytest.raises(MayNotAsk):
        await standing(kept(ChannelAccessRefused()), "q")


async def test_who_can_do_without_an_answer_gets_none_where_we_may_not_ask() -> None:
    assert None is await standing_if_allowed(kept(ChannelAccessRefused()), "q")
