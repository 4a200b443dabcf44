"""Who makes way where too many have proven nothing yet: whoever has been there for longest.

So a room is never full for the next. The gate has two: of guests, which are connections, and of
senders, which are unfinished requests. `connection` lets the former in, `inflow` and `Body` the
latter.
"""

from typing import Protocol

from ingress.telemetry import EVICTED


class Sender(Protocol):
    """Who is still sending: a connection without a whole request, or a body not complete."""

    @property
    def address(self) -> str:
        """Where it comes from. Behind a load balancer that is one address for all."""

    def evict(self) -> None:
        """Make way at once. It has left the room already."""


class Line:
    """Senders in the order in which they came, each with the bytes that it holds."""

    __slots__ = ("held", "sizes")

    def __init__(self) -> None:
        self.sizes: dict[Sender, int] = {}
        self.held = 0

    def add(self, sender: Sender, size: int) -> None:
        """Count bytes of a sender, that keeps its place in the line."""
        before = self.sizes.get(sender, 0)
        self.sizes[sender] = before + size
        self.held += size

    def remove(self, sender: Sender) -> None:
        """Forget a sender and its bytes."""
        size = self.sizes.pop(sender, 0)
        self.held -= size

    def is_over(self, places: int, room: int) -> bool:
        """Tell whether there are more senders than places, or more bytes than room."""
        if len(self.sizes) > places:
            return True
        return self.held > room

    @property
    def oldest(self) -> Sender:
        """Who came first and is still there."""
        in_order = iter(self.sizes)
        return next(in_order)


class WaitingRoom:
    """So many places, and room for so many bytes.

    One address has half of both, and makes way for itself first.
    """

    __slots__ = (
        "_addresses", "_everybody", "_places", "_places_of_one", "_room", "_room_of_one",
    )  # fmt: skip

    def __init__(self, places: int, room: int) -> None:
        self._places = places
        self._places_of_one = (places + 1) // 2
        self._room = room
        self._room_of_one = room // 2
        self._everybody = Line()
        self._addresses: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._everybody.sizes)

    def __contains__(self, sender: Sender) -> bool:
        return sender in self._everybody.sizes

    @property
    def held(self) -> int:
        """Bytes held by all."""
        return self._everybody.held

    def take(self, sender: Sender, size: int = 0) -> None:
        """Let a sender in, or hold so many more bytes of one; evict the oldest where no room is.

        Where one alone is larger than the room, that is the sender itself.
        """
        address = sender.address
        line = self._addresses.get(address)
        if line is None:
            line = Line()
            self._addresses[address] = line
        line.add(sender, size)
        self._everybody.add(sender, size)

        while line.is_over(self._places_of_one, self._room_of_one):
            self._evict(line.oldest)

        everybody = self._everybody
        while everybody.is_over(self._places, self._room):
            self._evict(everybody.oldest)

    def leave(self, sender: Sender) -> None:
        """Give up a sender's place and room; nothing where it has none."""
        if sender not in self:
            return

        line = self._addresses[sender.address]
        line.remove(sender)
        self._everybody.remove(sender)
        if not line.sizes:
            del self._addresses[sender.address]

    def _evict(self, sender: Sender) -> None:
        self.leave(sender)
        EVICTED.inc()
        sender.evict()
