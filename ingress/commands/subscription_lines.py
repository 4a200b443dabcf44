"""What `hookline-ingress subscriptions` prints: a table, or JSON, and a bar on a terminal."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import orjson

from ingress.subscriptions.carrying_out import Did, Looked
from ingress.subscriptions.plan import Action, Step
from runtime.columns import columns
from runtime.progress import bar, redraw

_HEADS = ("SHOP", "TOPIC", "ACTION", "NOTE")
_TOLD = {
    Action.CREATE: "to create",
    Action.MOVE: "to move",
    Action.CHANGE: "to change",
    Action.DELETE: "to delete",
    Action.KEEP: "as wanted",
    Action.FOREIGN: "foreign",
    Action.BY_HAND: "by hand",
}
_DONE = {
    Action.CREATE: "created",
    Action.MOVE: "moved",
    Action.CHANGE: "changed",
    Action.DELETE: "deleted",
}

_NOT_DONE = "not done"
_NOT_ASKED = "not asked"


class ShopsBar:
    """How many shops are done, on a line of a terminal that redraws itself; elsewhere nothing."""

    def __init__(self, total: int, what: str) -> None:
        self._total = total
        self._what = what
        self._count = 0
        self._is_drawn = sys.stdout.isatty() and sys.stderr.isatty()

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_drawn:
            redraw()

    def tell(self) -> None:
        """Show that one more is done."""
        self._count += 1
        self._draw()

    def _draw(self) -> None:
        if not self._is_drawn:
            return

        drawn = bar(self._count, self._total)
        line = f"{drawn} {self._count} of {self._total} {self._what}"
        redraw(line)


def print_looked(looked: Sequence[Looked], *, as_json: bool) -> None:
    """Print the plan, and which shops could not be asked."""
    show = _print_as_json if as_json else _print_as_table
    show(looked)


def _print_as_json(looked: Sequence[Looked]) -> None:
    for one in looked:
        for step in one.steps:
            plain = _plain(one.shop, step)
            _print_json(plain)
        if one.failure:
            _print_json({"shop": one.shop, "failure": one.failure})


def _print_as_table(looked: Sequence[Looked]) -> None:
    rows: list[tuple[str, ...]] = []
    for one in looked:
        for step in one.steps:
            row = (one.shop, step.topic, step.action.value, step.note)
            rows.append(row)

    if rows:
        lines = columns(_HEADS, rows, left=len(_HEADS))
        print("\n".join(lines))
    for one in looked:
        if one.failure:
            print(f"{one.shop}: {one.failure}", file=sys.stderr)


def summary(looked: Sequence[Looked]) -> str:
    """Return how much is to be done, in a line."""
    counts: Counter[str] = Counter()
    for one in looked:
        if one.failure:
            counts[_NOT_ASKED] += 1
        for step in one.steps:
            counts[_TOLD[step.action]] += 1

    told = _counted(counts, (*_TOLD.values(), _NOT_ASKED))
    total = len(looked)
    shops = "1 shop" if total == 1 else f"{total} shops"
    return f"{shops}: {told or 'nothing there, nothing wanted'}"


def print_did(did: Iterable[Did], *, as_json: bool) -> None:
    """Print what was done, and of each thing that was not, why."""
    counts: Counter[str] = Counter()
    for one in did:
        what = _DONE[one.step.action]
        if one.failure:
            what = _NOT_DONE
        counts[what] += 1

        if as_json:
            plain = _plain(one.shop, one.step)
            plain |= {"done": not one.failure, "why": one.failure}
            _print_json(plain)
        elif one.failure:
            action = one.step.action.value
            print(f"{one.shop}: {action} {one.step.topic}: {one.failure}", file=sys.stderr)

    told = _counted(counts, (*_DONE.values(), _NOT_DONE))
    print(told, file=sys.stderr)


def _counted(counts: Mapping[str, int], in_order: Iterable[str]) -> str:
    """Return `3 created, 1 moved`: what there is something of."""
    parts: list[str] = []
    for what in in_order:
        count = counts[what]
        if count:
            parts.append(f"{count} {what}")
    return ", ".join(parts)


def _plain(shop: str, step: Step) -> dict[str, Any]:
    plain = {
        "shop": shop,
        "topic": step.topic,
        "action": step.action.value,
        "note": step.note,
    }
    if step.held is not None:
        plain["id"] = step.held.id
    return plain


def _print_json(plain: dict[str, Any]) -> None:
    raw = orjson.dumps(plain)
    print(raw.decode())
