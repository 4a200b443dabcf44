"""Sequences in which something died: of which shop, and what waits until somebody sees to that."""

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from runtime.amqp.link import Connection
from schemas.names import WorkQueue
from workers.broker.letters import find
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.letter_rows import shown_time
from workers.operate.held import held, ordered_queues
from workers.operate.letters import sources
from workers.settings import SettingsError

HALTED = "halted"
GOES_ON = "goes on"

Key = tuple[str, str, str]
"""Consumer, topic as it stands in names, and shop."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One shop's webhooks of a consumer and topic, of which `dead` are dead letters.

    `first` is the dead one that comes first, and `behind` how many wait for what becomes of it.
    """

    first: Letter
    dead: int = 1
    is_halted: bool = False
    behind: int = 0

    @property
    def row(self) -> dict[str, object]:
        """It in one line's worth of plain data."""
        first = self.first
        return {
            "consumer": first.consumer,
            "topic": first.topic,
            "shop": first.shop,
            "state": HALTED if self.is_halted else GOES_ON,
            "behind": self.behind,
            "dead": self.dead,
            "since": shown_time(first.at_ms),
            "id": first.id,
            "error": first.error,
        }


class Halted:
    """What workers tell of shops that a dead letter halts; `untold` is what they do not."""

    def __init__(self, heads: Iterable[Letter] = (), untold: tuple[str, ...] = ()) -> None:
        self.untold = untold
        self._heads = {_key(head): head for head in heads if head.is_halted}

    @property
    def heads(self) -> Mapping[Key, Letter]:
        """What keeps the place of each dead letter."""
        return self._heads

    def told(self, letter: Letter) -> Letter:
        """Return a dead letter with how many wait for it."""
        head = self._heads.get(_key(letter))
        if head is None or head.id != letter.id:
            return letter
        return replace(letter, behind=head.behind, is_halted=True)


async def halted(connection: Connection, app: str, wanted: Filter) -> Halted:
    """Return which shops are halted, of those that are meant; raises SettingsError."""
    of_shops = Filter(consumer=wanted.consumer, topic=wanted.topic, shop=wanted.shop)
    found = await held(connection, app, of_shops)
    return Halted(found.letters, found.untold)


async def ordered_sources(connection: Connection, app: str, wanted: Filter) -> tuple[Source, ...]:
    """Return where dead letters of ordered consumers lie; raises SettingsError for none."""
    places = await sources(connection, app, wanted)
    queues = await ordered_queues(connection, app, wanted)
    ordered = {queue.whole for queue in queues}
    kept = tuple(place for place in places if place.work in ordered)
    if not kept:
        raise SettingsError(
            "no consumer with ordered=True is meant, and others know no sequences: "
            "`dead-letters list --shop S` shows a shop's letters"
        )
    return kept


async def sequences(connection: Connection, app: str, wanted: Filter) -> list[Sequence]:
    """Return the sequences in which something that is meant died, those that wait first.

    Raises SettingsError.
    """
    places = await ordered_sources(connection, app, wanted)
    now = await halted(connection, app, wanted)
    folded: dict[Key, Sequence] = {}
    async with aclosing(find(connection, places, wanted)) as letters:
        async for letter, _ in letters:
            fold(folded, letter)
    return in_order(folded, now)


def fold(folded: dict[Key, Sequence], letter: Letter) -> None:
    """Count a dead letter in."""
    key = _key(letter)
    known = folded.get(key)
    if known is None:
        folded[key] = Sequence(letter)
        return

    first = min(known.first, letter, key=_order)
    folded[key] = Sequence(first, known.dead + 1)


def in_order(folded: Mapping[Key, Sequence], now: Halted) -> list[Sequence]:
    """Return the sequences as they are now: those with most behind come first."""
    found: list[Sequence] = []
    for key, one in folded.items():
        head = now.heads.get(key)
        if head is not None:
            one = replace(one, is_halted=True, behind=head.behind)  # noqa: PLW2901 - the same, as it is now
        found.append(one)
    return sorted(found, key=_rank)


def _rank(one: Sequence) -> tuple[bool, int, tuple[int, int]]:
    return not one.is_halted, -one.behind, one.first.order


def _order(letter: Letter) -> tuple[int, int]:
    return letter.order


def _key(letter: Letter) -> Key:
    work: WorkQueue | None = letter.work
    topic = "" if work is None else work.topic
    return letter.consumer, topic, letter.shop
