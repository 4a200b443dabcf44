"""Telling all pages that something has changed, without saying what: they look themselves."""

import asyncio


class News:
    """A counter that can be waited for."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = asyncio.Event()
        self.is_over = False

    @property
    def count(self) -> int:
        """How much has been told so far."""
        return self._count

    def tell(self) -> None:
        """Wake all who wait."""
        self._count += 1
        changed = self._changed
        self._changed = asyncio.Event()
        changed.set()

    def end(self) -> None:
        """Tell that there will be no more."""
        self.is_over = True
        self.tell()

    async def after(self, seen: int, seconds: float) -> int:
        """Return the count once it is beyond `seen`, or after so many seconds."""
        if self._count == seen and not self.is_over:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                pass
        return self._count
