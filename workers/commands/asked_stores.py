"""What `check` finds of the stores that consumers keep their claims in: whether each answers."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from runtime.finding import Finding
from workers.asking import StoreAway
from workers.claiming import close_stores
from workers.claims import Store
from workers.consumer import Consumer
from workers.once import Once

KEY = "hookline/check"
"""A key that nobody claims: no consumer's has so few parts."""


async def findings_of_stores(consumers: Sequence[Consumer[Any]]) -> Iterable[Finding]:
    """Return which consumers' stores do not answer. Each is asked for what changes nothing in it:
    to release a claim that nobody has.
    """
    found: list[Finding] = []
    for one in consumers:
        if one.once is None or not isinstance(one.once.store, Store):
            continue

        why = await _why_away(one.once, one.once.store)
        if why:
            found.append(_away(one.name, one.once, why))
    await close_stores(consumers)
    return found


async def _why_away(once: Once, store: Store) -> str:
    """Return why it does not answer; the empty string where it does."""
    try:
        await once.asking.ask(partial(store.release, KEY, "check"))
    except StoreAway as away:
        return str(away)
    return ""


def _away(name: str, once: Once, why: str) -> Finding:
    becomes = "what comes twice takes effect twice"
    if once.waits:
        becomes = "its webhooks wait"
    return Finding(
        f"consumer {name}: the store of its claims ({once.store}) does not answer, and while that "
        f"is so {becomes}: {why}",
        "see that it runs, that it may be reached from here, and who may write there",
    )
