"""Which apps the publisher has to do with: more or fewer of them while it works."""

from collections.abc import Iterable

from ingress.canary import Canary
from ingress.copying import Copying
from ingress.pulse import Pulses
from ingress.upkeep import EntryUpkeep


class HeldApps:
    """The topology, the proofs and the pulses of apps, changed together."""

    def __init__(
        self, upkeep: EntryUpkeep, canary: Canary, pulses: Pulses, copying: Copying
    ) -> None:
        self._upkeep = upkeep
        self._copying = copying
        self._canary = canary
        self._pulses = pulses

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
