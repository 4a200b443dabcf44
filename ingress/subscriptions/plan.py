"""What is to be done to a shop's subscriptions: what is wanted against what is there. Pure.

wanted, not there                            create
wanted, there at another address             move     (see `_movable`)
wanted, there, in another format             change
wanted, there                                keep
there, not wanted, or at another address     foreign: left alone, or with `prune` delete
wanted, but not by this API                  by hand
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingress.subscriptions.addresses import has_path_of, is_same, shown
from ingress.subscriptions.apis import Api
from ingress.subscriptions.held import Held

FIRST_FORMAT = "json"
"""What a new subscription has where nobody said."""


class Action(StrEnum):
    """What is to become of a topic's subscription."""

    CREATE = "create"
    MOVE = "move"
    CHANGE = "change"
    DELETE = "delete"
    KEEP = "keep"
    FOREIGN = "foreign"
    BY_HAND = "by hand"


CHANGES = (Action.CREATE, Action.MOVE, Action.CHANGE, Action.DELETE)
"""After which something is otherwise than before."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What every shop is to have; without a format, whichever is there."""

    topics: frozenset[str]
    address: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of one topic; `held` is there, and `note` says why, or from where."""

    action: Action
    topic: str
    held: Held | None = None
    note: str = ""

    @property
    def is_change(self) -> bool:
        """Whether something is otherwise afterwards."""
        return self.action in CHANGES


def plan(wanted: Wanted, held: Iterable[Held], api: Api, *, prune: bool = False) -> list[Step]:
    """Return the steps, by topic; with `prune` what is foreign is deleted."""
    there = _by_topic(held)
    topics = sorted(wanted.topics | there.keys())
    steps: list[Step] = []
    for topic in topics:
        if topic in wanted.topics:
            steps += _of_wanted(topic, there[topic], wanted, api)
        else:
            steps += [_foreign(one, "not wanted") for one in there[topic]]

    if prune:
        return [_pruned(step) for step in steps]
    return steps


def plan_end(address: str, held: Iterable[Held], *, prune: bool = False) -> list[Step]:
    """Return the steps after which nothing leads to our address; with `prune`, nothing anywhere."""
    steps: list[Step] = []
    for one in sorted(held, key=lambda one: (one.topic, one.id)):
        step = _foreign(one, "at another address")
        if is_same(one.address, address):
            step = Step(Action.DELETE, one.topic, one)
        steps.append(step)

    if prune:
        return [_pruned(step) for step in steps]
    return steps


def _by_topic(held: Iterable[Held]) -> defaultdict[str, list[Held]]:
    there: defaultdict[str, list[Held]] = defaultdict(list)
    for one in held:
        there[one.topic].append(one)
    return there


def _of_wanted(topic: str, there: Sequence[Held], wanted: Wanted, api: Api) -> Iterator[Step]:
    ours = [one for one in there if is_same(one.address, wanted.address)]
    others = [one for one in there if one not in ours]
    # Where two lead to us, that of the wanted format is the one.
    ours.sort(key=lambda one: one.format != wanted.format)
    movable = _movable(others, wanted, api)

    if ours:
        first, *again = ours
        yield _kept(first, wanted)
        for one in again:
            yield _foreign(one, "a second one to this address: each webhook comes twice")
    elif topic in api.by_hand:
        yield Step(Action.BY_HAND, topic, note="set where the app is registered, not by the API")
    elif movable is not None:
        others.remove(movable)
        yield Step(Action.MOVE, topic, movable, f"from {shown(movable.address)}")
    else:
        yield Step(Action.CREATE, topic)

    for one in others:
        yield _foreign(one, "at another address")


def _movable(others: Sequence[Held], wanted: Wanted, api: Api) -> Held | None:
    """Return the subscription that is to lead to us instead of elsewhere, if any.

    Where a topic has one only, it is that one. Else it is the one whose address has our path: that
    of an ingress under an earlier name. Others are another receiver's, and stay.
    """
    candidates = others
    if not api.is_one_a_topic:
        candidates = [one for one in others if has_path_of(one.address, wanted.address)]
    if len(candidates) == 1:
        return candidates[0]
    return None


def _kept(one: Held, wanted: Wanted) -> Step:
    if wanted.format in (None, one.format):
        return Step(Action.KEEP, one.topic, one)

    note = f"from {one.format} to {wanted.format}"
    return Step(Action.CHANGE, one.topic, one, note)


def _foreign(one: Held, why: str) -> Step:
    return Step(Action.FOREIGN, one.topic, one, f"{why}: {shown(one.address)}")


def _pruned(step: Step) -> Step:
    if step.action is not Action.FOREIGN:
        return step
    return Step(Action.DELETE, step.topic, step.held, step.note)
