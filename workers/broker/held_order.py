"""What is held of an ordered partition, in its order, in which copies do not lie. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from workers.line import Seat
from workers.seats import seat_in

NOWHERE = Seat("", 0, 0)
"""Of what has no place."""


class Described(Protocol):
    """A message, by its headers."""

    @property
    def headers(self) -> Mapping[str, Any]:
        """Its headers."""


M = TypeVar("M", bound=Described)


class InOrder(NamedTuple):
    """Indexes of messages: of those that count, by place, and of those that others stand for."""

    kept: list[int]
    superfluous: list[int]


def in_order(messages: Iterable[Described]) -> InOrder:
    """Return which of all that is held comes first: of two copies of one message the later one
    stands for both. What has no place comes first, as it lay.
    """
    seats = [seat_in(message.headers) or NOWHERE for message in messages]
    last: dict[str, int] = {}
    for index, seat in enumerate(seats):
        known = last.get(seat.origin)
        if known is None or seats[known].turn < seat.turn:
            last[seat.origin] = index

    counted = [index for index, seat in enumerate(seats) if _counts(last, seat, index)]
    superfluous = sorted(set(range(len(seats))) - set(counted))
    kept = sorted(counted, key=lambda index: seats[index].place)
    return InOrder(kept, superfluous)


def _counts(last: Mapping[str, int], seat: Seat, index: int) -> bool:
    return not seat.origin or last[seat.origin] == index
