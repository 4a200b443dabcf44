"""Proof, for each app, that webhooks would be stored now: a recent confirm, or a canary's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

FRESH = 5.0
"""Seconds for which a confirm proves that the broker stores."""
CANARY_TIMEOUT = 2.0
"""Seconds that readiness waits for a canary's confirm."""
LATE = "timeout"


class Canary:
    """What is known of each app.

    `publish` publishes an app's canary; it returns why that was not stored, or the empty string.
    """

    def __init__(self, apps: Iterable[str], publish: Callable[[str], Awaitable[str]]) -> None:
        self._proven = dict.fromkeys(apps, -FRESH)
        self._publish = publish
        self._flying: dict[str, asyncio.Task[str]] = {}

    def serve(self, apps: Iterable[str]) -> None:
        """Have to do with these apps; what is known of one stays."""
        self._proven = {app: self._proven.get(app, -FRESH) for app in apps}

    def note_confirm(self, app: str) -> float:
        """Note that the broker has stored something of the app just now, and return the time."""
        now = monotonic()
        if app in self._proven:
            self._proven[app] = now
        return now

    async def why_not_ready(self) -> str:
        """Say of which apps a webhook would not be stored now, and why; "" when all would."""
        flying = self._fly_where_in_doubt()
        if not flying:
            return ""

        await asyncio.wait(flying.values(), timeout=CANARY_TIMEOUT)
        faults: list[str] = []
        for app, task in flying.items():
            reason = LATE
            if task.done():
                reason = task.result()
            if reason:
                faults.append(f"{reason} ({app})")
        return ", ".join(faults)

    def _fly_where_in_doubt(self) -> dict[str, asyncio.Task[str]]:
        """Return, by app, the canaries of those that no confirm has proven lately."""
        since = monotonic() - FRESH
        flying: dict[str, asyncio.Task[str]] = {}
        for app, proven_at in self._proven.items():
            if proven_at < since:
                flying[app] = self._fly(app)
        return flying

    def _fly(self, app: str) -> asyncio.Task[str]:
        """Return the app's canary that is under way, or send one: probes at once share it."""
        flying = self._flying.get(app)
        if flying is not None and not flying.done():
            return flying

        sent = asyncio.ensure_future(self._publish(app))
        self._flying[app] = sent
        return sent
