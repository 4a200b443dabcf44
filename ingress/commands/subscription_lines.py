"""What `hookline-ingress subscriptions` prints: a table, or JSON, and a bar on a terminal."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import orjson

from ingress.subscriptions.carrying_out import Did, Looked
from ingress.subscriptions.plan import Action, Step
from runtime.columns import columns
from runtime.progress import bar

CLEAR = "\x1b[K"
"""Has a terminal empty the rest of the line."""
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
            print(f"\r{CLEAR}", end="", file=sys.stderr, flush=True)

    def tell(self) -> None:
        """Show that one more is done."""
        self._count += 1
        self._draw()

    def _draw(self) -> None:
        if self._is_drawn:
            drawn = bar(self._count, self._total)
            line = f"{drawn} {self._count} of {self._total} {self._what}"
            print(f"\r{line}{CLEAR}", end="", file=sys.stderr, flush=True)


def print_looked(looked: Sequence[Looked], *, as_json: bool) -> None:
    """Print the plan, and which shops could not be asked."""
    steps = [(one.shop, step) for one in looked for step in one.steps]
    if as_json:
        for shop, step in steps:
            _print_json(_plain(shop, step))
    elif steps:
        rows = [(shop, step.topic, step.action.value, step.note) for shop, step in steps]
        print("\n".join(columns(_HEADS, rows, len(_HEADS))))

    for one in looked:
        if one.failure and as_json:
            _print_json({"shop": one.shop, "failure": one.failure})
        elif one.failure:
            print(f"{one.shop}: {one.failure}", file=sys.stderr)


def summary(looked: Sequence[Looked]) -> str:
    """Return how much is to be done, in a line."""
    counts = Counter(step.action for one in looked for step in one.steps)
    parts = [f"{counts[action]} {told}" for action, told in _TOLD.items() if counts[action]]
    failed = sum(1 for one in looked if one.failure)
    if failed:
        parts.append(f"{failed} shops not asked")
    return f"{len(looked)} shops: {', '.join(parts) or 'nothing there, nothing wanted'}"


def print_did(did: Iterable[Did], *, as_json: bool) -> None:
    """Print what was done, and of each thing that was not, why."""
    counts: Counter[str] = Counter()
    for one in did:
        if as_json:
            _print_json({**_plain(one.shop, one.step), "done": not one.failure, "why": one.failure})
        elif one.failure:
            action = one.step.action.value
            print(f"{one.shop}: {action} {one.step.topic}: {one.failure}", file=sys.stderr)
        what = _NOT_DONE if one.failure else _DONE[one.step.action]
        counts[what] += 1

    in_order = (*_DONE.values(), _NOT_DONE)
    parts = [f"{counts[what]} {what}" for what in in_order if counts[what]]
    print(", ".join(parts), file=sys.stderr)


def _plain(shop: str, step: Step) -> dict[str, Any]:
    plain = {"shop": shop, "topic": step.topic, "action": step.action.value, "note": step.note}
    if step.held is not None:
        plain["id"] = step.held.id
    return plain


def _print_json(plain: dict[str, Any]) -> None:
    print(orjson.dumps(plain).decode())
