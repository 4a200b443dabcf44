"""Proof that webhooks would be stored now: a confirm of the last seconds, or a canary's, for each
app.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

FRESH = 5.0
"""Seconds for which a confirm proves that the broker stores."""
TIMEOUT = 2.0
"""Seconds that readiness waits for a canary's confirm."""
LATE = "timeout"


class Canary:
    """What is known of each app. `publish` publishes one app's canary and says why it was not
    stored, or nothing.
    """

    def __init__(self, apps: Iterable[str], publish: Callable[[str], Awaitable[str]]) -> None:
        self._proven = dict.fromkeys(apps, -FRESH)
        self._publish = publish
        self._flying: dict[str, asyncio.Task[str]] = {}

    def proven(self, app: str) -> float:
        """Note that the broker has stored something of the app just now, and return the time."""
        now = monotonic()
        self._proven[app] = now
        return now

    async def why_not(self) -> str:
        """Say of which apps a webhook would not be stored now, and why; the empty string when all
        would.
        """
        since = monotonic() - FRESH
        apps = [app for app, at in self._proven.items() if at < since]
        if not apps:
            return ""

        tasks = [self._fly(app) for app in apps]
        await asyncio.wait(tasks, timeout=TIMEOUT)
        reasons = [task.result() if task.done() else LATE for task in tasks]
        return ", ".join(
            f"{reason} ({app})" for app, reason in zip(apps, reasons, strict=True) if reason
        )

    def _fly(self, app: str) -> asyncio.Task[str]:
        """Return the app's canary that is under way, or send one: probes at once share it."""
        flying = self._flying.get(app)
        if flying is None or flying.done():
            flying = self._flying[app] = asyncio.ensure_future(self._publish(app))
        return flying
