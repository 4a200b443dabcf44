"""What a process remembers of messages that the broker may hand out again."""

from hypothesis import given
from hypothesis import strategies as st

from tests.workers.fakes import description
from workers.broker.under_way import Key
from workers.broker.unsettled import LOSSES, OWED, Unsettled


def acked(memory: Unsettled[str], number: int, message_id: str | None = None) -> None:
    """Have a message be acked."""
    told = key(number, message_id)
    memory.note_ack(description(told.message_id, told.webhook_id), told.size)


def key(number: int, message_id: str | None = None) -> Key:
    """Return a message's key."""
    return Key(f"m{number}" if message_id is None else message_id, f"w{number}", 2)


def remembering(prefetch: int = 2) -> Unsettled[str]:
    """Return a memory of texts."""
    return Unsettled(prefetch, "acked")


@given(st.integers(1, 20), st.integers(0, 40), st.data())
def test_of_the_acks_on_a_lost_channel_any_that_the_broker_can_have_missed_is_remembered(
    prefetch: int, count: int, data: st.DataObject
) -> None:
    memory = remembering(prefetch)
    for number in range(count):
        acked(memory, number)
    missed = data.draw(st.integers(0, min(prefetch, count)))
    memory.note_lost_channel(1)
    assert ["acked"] * missed == [
        memory.take(key(number)) for number in range(count - missed, count)
    ]


def test_what_is_owed_is_settled_once() -> None:
    memory = remembering()
    memory.owe(key(1), "dead")
    assert ["dead", None] == [memory.take(key(1)), memory.take(key(1))]


def test_an_ack_on_a_channel_that_is_still_there_is_not_owed() -> None:
    memory = remembering()
    acked(memory, 1)
    assert memory.take(key(1)) is None


def test_messages_without_an_id_of_their_own_are_not_taken_for_each_other() -> None:
    memory = remembering()
    memory.owe(key(1, ""), "dead")
    acked(memory, 1, "")
    memory.note_lost_channel(1)
    assert memory.take(key(1, "")) is None


def test_the_oldest_is_forgotten_before_memory_is_full() -> None:
    memory = remembering()
    for number in range(OWED + 1):
        memory.owe(key(number), "dead")
    assert [None, "dead"] == [memory.take(key(0)), memory.take(key(OWED))]


def test_lost_channels_excuse_the_returns_of_webhooks_that_are_older() -> None:
    memory = remembering()
    for now_ms in (10, 20, 30):
        memory.note_lost_channel(now_ms)
    assert [3, 2, 0] == [memory.excused(received_ms) for received_ms in (5, 15, 31)]


def test_no_more_losses_are_remembered_than_can_matter() -> None:
    memory = remembering()
    for now_ms in range(1000):
        memory.note_lost_channel(now_ms)
    assert memory.excused(0) == LOSSES
