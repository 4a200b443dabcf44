"""What is otherwise than it should be, and what to do about it."""

from typing import NamedTuple


class Oddity(NamedTuple):
    """One thing that keeps a signature from fitting."""

    told: str
    """A sentence. It shows no secret, and nothing of a body."""
    way_out: str
    rarity: int = 1
    """How seldom it is met: of all that would explain a signature, the least rare does."""


class Variant(NamedTuple):
    """Bytes as they may have been, and what is odd where they were."""

    value: bytes
    oddities: tuple[Oddity, ...] = ()

    @property
    def rarity(self) -> int:
        """How seldom all of it is met together."""
        return sum(oddity.rarity for oddity in self.oddities)
