"""Which apps the publisher has to do with: more or fewer of them while it works."""

from collections.abc import Iterable

from ingress.beside import Beside
from ingress.canary import Canary
from ingress.upkeep import EntryUpkeep


class HeldApps:
    """The topology, the proofs and the pulses of apps, changed together."""

    def __init__(self, upkeep: EntryUpkeep, canary: Canary, beside: Beside) -> None:
        self._upkeep = upkeep
        self._canary = canary
        self._copying = beside.copying
        self._pulses = beside.pulses

    async def widen(self, apps: Iterable[str]) -> str:
        """Have the broker hold what these apps need; return why it does not, or nothing."""
        names = tuple(apps)
        obstacle = await self._upkeep.widen(names)
        if not obstacle:
            self._copying.serve(names)
            await self._copying.begun()
        return obstacle

    def narrow(self, apps: Iterable[str]) -> None:
        """Have to do with these apps alone, whose topology the broker holds."""
        names = tuple(apps)
        self._upkeep.narrow(names)
        self._canary.serve(names)
        self._pulses.serve(names)
