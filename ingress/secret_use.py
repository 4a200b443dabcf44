"""How an app's secrets are used, from what its processes say in the pulse. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.fleet import DEAD_AFTER_MS
from schemas.pulse import Beat, SecretBeat

UNUSED_MS = 24 * 3_600_000
"""A secret that has signed nothing for so long can go."""
TWO = 2
"""A time is told in a unit from two of it on: 119 min are more than 1 h says."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of a secret; times in milliseconds since 1970, 0 where there is none."""

    share: float
    """Of the webhooks that came lately, it has signed so many; 0 where none came."""
    last_ms: int
    watched_ms: int
    """Since when each process that lives has had it: what is before that, nobody may remember."""
    since_ms: int
    """Since when one process has had it."""

    def is_used(self, now_ms: int) -> bool:
        """Tell whether it has signed something lately."""
        return self.last_ms > 0 and self.unused_ms(now_ms) < UNUSED_MS

    def unused_ms(self, now_ms: int) -> int:
        """Return for how long it has surely signed nothing."""
        return now_ms - max(self.last_ms, self.watched_ms)


def uses(beats: Iterable[Beat], now_ms: int) -> dict[str, Use]:
    """Return by name how the secrets are used, from the beats of one app; the order is any."""
    said = _by_process(beats)
    lately = _lately(said)
    last_beats = [own[-1] for own in said.values()]
    known = _by_secret(last_beats)
    living = _by_secret(last for last in last_beats if last.at >= now_ms - DEAD_AFTER_MS)

    total = sum(lately.values())

    used: dict[str, Use] = {}
    for name, alive in living.items():
        share = 0.0
        if total:
            share = lately[name] / total
        used[name] = Use(
            share,
            last_ms=max(secret.last_ms for secret in known[name]),
            watched_ms=max(secret.since_ms for secret in alive),
            since_ms=min(secret.since_ms for secret in known[name]),
        )
    return used


def _by_secret(beats: Iterable[Beat]) -> dict[str, list[SecretBeat]]:
    """Return what these beats say of each secret."""
    said: dict[str, list[SecretBeat]] = {}
    for beat in beats:
        for name, secret in _secrets(beat).items():
            told = said.setdefault(name, [])
            told.append(secret)
    return said


def _by_process(beats: Iterable[Beat]) -> dict[str, list[Beat]]:
    """Return the beats of each ingress, in their order."""
    said: dict[str, list[Beat]] = {}
    for beat in sorted(beats, key=lambda beat: beat.at):
        if beat.door is not None:
            own = said.setdefault(beat.process, [])
            own.append(beat)
    return said


def _lately(said: Mapping[str, list[Beat]]) -> dict[str, int]:
    """Return how many webhooks each secret has signed between the first and the last beats; of a
    process with but one beat, since it started.
    """
    counts: dict[str, int] = {}
    for own in said.values():
        before: Mapping[str, SecretBeat] = {}
        if len(own) > 1:
            before = _secrets(own[0])

        for name, secret in _secrets(own[-1]).items():
            counted = secret.count
            if name in before:
                counted -= before[name].count
            counts.setdefault(name, 0)
            counts[name] += counted
    return counts


def _secrets(beat: Beat) -> Mapping[str, SecretBeat]:
    if beat.door is None:
        return {}
    return beat.door.secrets


def told(use: Use, now_ms: int) -> str:
    """Say how a secret is used: `3 % of what comes, the last 2 min ago`."""
    if not use.is_used(now_ms):
        return f"unused for {span(use.unused_ms(now_ms))}"

    part = share(use)
    ago = span(now_ms - use.last_ms)
    return f"{part} of what comes, the last {ago} ago"


def share(use: Use) -> str:
    """Write the share: no secret that is used has none of it."""
    percent = 100 * use.share
    if 0 < percent < 1:
        return "under 1 %"
    return f"{percent:.0f} %"


def span(ms: int) -> str:
    """Write a time: `26 h`, `3 d`."""
    seconds = max(0, ms) // 1000
    for size, unit in _UNITS:
        count = seconds // size
        if count >= TWO:
            return f"{count} {unit}"
    return f"{seconds} s"
