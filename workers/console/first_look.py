"""Keeping looks of the console away until an operation knows which letters it is for."""

import asyncio
from collections.abc import Callable

from workers.letter import Letter

Tell = Callable[[Letter, int | None], None]


class FirstLook:
    """Holds `looking` until the first letter is told, or the block ends.

    What another look holds when an operation begins is none of its letters: it would be left alone.
    """

    def __init__(self, looking: asyncio.Lock, tell: Tell) -> None:
        self._looking = looking
        self._tell = tell
        self._is_held = False

    async def __aenter__(self) -> Tell:
        """Wait for looks that are on their way; return what is to be told of each letter."""
        await self._looking.acquire()
        self._is_held = True
        return self._told

    async def __aexit__(self, *_: object) -> None:
        """Let others look."""
        self._release()

    def _told(self, letter: Letter, total: int | None) -> None:
        self._release()
        self._tell(letter, total)

    def _release(self) -> None:
        if self._is_held:
            self._is_held = False
            self._looking.release()
