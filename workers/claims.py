"""Claims: what a store is asked by who wants a webhook to take effect once, and answers. Pure."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable


@dataclass(frozen=True, slots=True)
class Granted:
    """The claim is whose who asked."""


@dataclass(frozen=True, slots=True)
class Held:
    """Another run has it, for so many seconds at most."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What it is for has been done."""


Claim: TypeAlias = Granted | Held | Kept
"""What a store answers to whoever asks for a claim."""


class AlreadyDone(Exception):
    """Raised by `async with delivery.once(connection)`: the webhook took effect before.

    Let it leave the handler: the webhook is done.
    """


@runtime_checkable
class Store(Protocol):
    """Keeps claims by key. Each method raises whatever it likes where the store does not answer.

    Whoever asks names an owner, that no other run has. To ask twice is to ask once: after a lost
    answer the same question is put again.
    """

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has, for so long."""

    async def keep(self, key: str, seconds: float) -> None:
        """Note, for so long, that it is done, whoever has the claim."""

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up, where it is still the owner's."""

    async def close(self) -> None:
        """End its connections; raises nothing."""


@runtime_checkable
class Transactions(Protocol):
    """Makes claims in transactions of the author's own."""

    def within(
        self, connection: Any, key: str, seconds: float
    ) -> AbstractAsyncContextManager[None]:
        """Claim in a transaction on the connection, which ends with the context.

        Raises AlreadyDone.
        """


Within: TypeAlias = Callable[[Any], AbstractAsyncContextManager[None]]
"""Makes the claim of one delivery in a transaction on the connection that it is given."""
