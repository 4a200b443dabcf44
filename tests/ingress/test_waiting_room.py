"""Room for whoever has proven nothing: never more than there is, and the oldest makes way."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ingress.waiting_room import WaitingRoom

PLACES, ROOM = 6, 100


@dataclass(eq=False)
class Sender:
    """Somebody who sends, and takes note of having been evicted."""

    number: int
    address: str
    evicted: list[int] = field(default_factory=list)

    def evict(self) -> None:
        """Take note of it."""
        self.evicted.append(self.number)


STEPS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60), st.booleans()), max_size=60)


@given(STEPS)
def test_there_are_never_more_senders_nor_bytes_than_there_is_room_for(
    steps: list[tuple[int, int, bool]],
) -> None:
    room = WaitingRoom(PLACES, ROOM)
    senders = [Sender(number, "one" if number % 3 else "other") for number in range(21)]
    held: dict[Sender, int] = {}
    for number, size, leaves in steps:
        sender = senders[number]
        if leaves:
            room.leave(sender)
            held.pop(sender, None)
        else:
            held[sender] = held.get(sender, 0) + size
            room.take(sender, size)
        held = {one: size for one, size in held.items() if one in room}
        assert len(room) == len(held) <= PLACES
        assert room.held == sum(held.values()) <= ROOM
        for address in ("one", "other"):
            own = [size for one, size in held.items() if one.address == address]
            assert len(own) <= PLACES // 2
            assert sum(own) <= ROOM // 2


def test_an_address_makes_way_for_itself_and_among_all_it_is_the_oldest_who_goes() -> None:
    room, evicted = WaitingRoom(PLACES, ROOM), list[int]()
    for number, address in enumerate(["a", "b", "b", "b", "b", "c", "c", "a"]):
        room.take(Sender(number, address, evicted))
    assert [1, 0] == evicted


def test_who_holds_more_keeps_its_place_in_the_line() -> None:
    room, evicted = WaitingRoom(PLACES, ROOM), list[int]()
    senders = [Sender(number, "a", evicted) for number in range(3)]
    for sender in senders:
        room.take(sender, 10)
    room.take(senders[0], 15)
    room.take(senders[2], 10)
    assert [0] == evicted
    assert 30 == room.held
