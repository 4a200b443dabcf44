"""A piece of work that several ask for at the same time, done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ForAll(Generic[K, V]):
    """The work that is under way, by what is asked for."""

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Task[V]] = {}

    async def result(self, asked: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return what the work comes to, or raise what it raises; who asks for the same meanwhile
        has the same. It goes on where one who waits is cancelled.
        """
        running = self._under_way.get(asked)
        if running is None:
            running = asyncio.create_task(self._run(asked, work))
            self._under_way[asked] = running
        await asyncio.wait([running])
        return running.result()

    async def _run(self, asked: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        try:
            return await work()
        finally:
            del self._under_way[asked]
