"""Reading the apps again while webhooks come in: at SIGHUP, when a file changes, and when a secret
has ended. What cannot be read leaves in force what was read before.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import time
from typing import Protocol

import structlog

from ingress.entrance import Entrances
from ingress.registration import App
from ingress.settings import SettingsError, read_apps
from ingress.telemetry import SETTINGS_STALE
from ingress.watched import Stamps, files_of, stamps
from runtime.this_process import STARTED_MS
from runtime.waiting import set_or_later

log = structlog.get_logger()

LOOK_EVERY = 1.0
"""Seconds between two looks at the files. What differs twice alike has been written to its end."""
PATIENCE = 10.0
"""Seconds in which the broker is to hold what a new app needs."""
AGAIN = 30.0
"""Seconds until it is tried once more where it did not."""
KEPT = "what was read before stays in force"


class Apps(Protocol):
    """Those that the publisher has to do with."""

    async def widen(self, apps: Iterable[str]) -> str:
        """Have the broker hold what these apps need; return why it does not, or nothing."""

    def narrow(self, apps: Iterable[str]) -> None:
        """Have to do with these apps alone."""


class Reload:
    """Keeps the entrances true to the settings. `wanted` has them read again at once."""

    def __init__(
        self,
        apps: Mapping[str, App],
        entrances: Entrances,
        held: Apps,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time,
    ) -> None:
        self.wanted = asyncio.Event()
        self._apps = dict(apps)
        self._entrances = entrances
        self._held = held
        self._environment = environment
        self._clock = clock
        self._ended = self._names_of_ended()
        self._again_at = 0.0
        self._paths = files_of(environment)
        self._read_as = stamps(self._paths)
        if _is_younger(self._read_as, STARTED_MS):
            self.wanted.set()  # it may have been written after it was read

    async def keep(self) -> None:
        """Look, and read again where that is wanted, until cancelled."""
        loop = asyncio.get_running_loop()
        before = self._read_as
        self._tell_who_has_none()
        while True:
            await set_or_later(self.wanted, LOOK_EVERY)
            is_asked = self.wanted.is_set()
            self.wanted.clear()

            seen = await asyncio.to_thread(stamps, self._paths)
            has_changed = seen not in (self._read_as, ()) and seen == before
            is_due = 0 < self._again_at <= loop.time()
            if is_asked or has_changed or is_due:
                seen = await self._look_at_all(seen)
                await self._read_or_tell()
                # Of before the reading: what was written since is another change.
                self._read_as = seen

            before = seen
            self._drop_what_has_ended()

    async def _look_at_all(self, seen: Stamps) -> Stamps:
        """Return the stamps of the files that are named now, where those that were seen are not of
        the same.
        """
        paths = await asyncio.to_thread(files_of, self._environment)
        if paths == self._paths:
            return seen

        self._paths = paths
        return await asyncio.to_thread(stamps, paths)

    async def _read_or_tell(self) -> None:
        try:
            await self._read()
        except Exception:
            log.exception("apps.not_read", so=KEPT)
            SETTINGS_STALE.set(1)

    async def _read(self) -> None:
        """Read everything again; tell in one line what that led to."""
        self._again_at = 0.0
        try:
            apps = await asyncio.to_thread(read_apps, self._environment)
            self._check_secrets(apps)
        except SettingsError as error:
            told = "; ".join(str(error).splitlines())
            log.error("apps.not_read", error=told, so=KEPT)  # noqa: TRY400 - the sentence says it all
            SETTINGS_STALE.set(1)
            return

        obstacle = await self._make_room(apps)
        if obstacle:
            self._again_at = asyncio.get_running_loop().time() + AGAIN
            log.error("apps.not_taken", error=obstacle, so=KEPT, again_in=AGAIN)
            SETTINGS_STALE.set(1)
            return

        self._apps = apps
        self._entrances.replace(apps)
        self._held.narrow(apps)
        SETTINGS_STALE.set(0)
        secrets = {name: [*app.secrets] for name, app in apps.items()}
        log.info("apps.read", apps=sorted(apps), secrets=secrets)
        self._tell_who_has_none()

    def _check_secrets(self, apps: Mapping[str, App]) -> None:
        """Raise SettingsError where an app would lose the last secret that counts."""
        now = self._clock()
        for name, app in apps.items():
            before = self._apps.get(name)
            if before is not None and before.proves_at(now) and not app.proves_at(now):
                raise SettingsError(f"app {name}: all secrets in it have ended (until=)")

    async def _make_room(self, apps: Iterable[str]) -> str:
        """Have the broker hold what new apps need, before a request of theirs is let in."""
        if set(apps) <= set(self._apps):
            return ""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._held.widen({*apps, *self._apps})
        except TimeoutError:
            self._held.narrow(self._apps)
            return "the broker does not hold what a new app needs"

    def _drop_what_has_ended(self) -> None:
        """Have what a secret signed prove nothing any more, once its time is over."""
        ended = self._names_of_ended()
        for app, name in sorted(ended - self._ended):
            log.warning("secret.ended", app=app, secret=name)
        if ended != self._ended:
            self._ended = ended
            self._entrances.replace(self._apps)
            self._tell_who_has_none()

    def _tell_who_has_none(self) -> None:
        """Tell of the apps that refuse all that they are sent."""
        now = self._clock()
        for name, app in sorted(self._apps.items()):
            if not app.proves_at(now):
                log.error("secret.none_left", app=name, so="all that it is sent is answered 401")

    def _names_of_ended(self) -> set[tuple[str, str]]:
        now = self._clock()
        return {
            (app.name, name)
            for app in self._apps.values()
            for name, secret in app.secrets.items()
            if not secret.holds_at(now)
        }


def _is_younger(read: Stamps, ms: int) -> bool:
    """Tell whether a file was written after that many milliseconds since 1970."""
    return any(stamp is not None and stamp[0] >= ms * 1_000_000 for stamp in read)
