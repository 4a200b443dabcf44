"""How an app's secrets are used, from what its processes say in the pulse. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ingress.registration import App
from runtime.finding import Finding
from schemas.fleet import DEAD_AFTER_MS
from schemas.pulse import Beat, SecretBeat

UNUSED_MS = 24 * 3_600_000
"""A secret that has signed nothing for so long can go."""
SOON_MS = 7 * 24 * 3_600_000
"""A secret that is used ends soon where it ends within this."""
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

    def unused_ms(self, now_ms: int) -> int:
        """Return for how long it has surely signed nothing."""
        return now_ms - max(self.last_ms, self.watched_ms)


def uses(beats: Iterable[Beat], now_ms: int) -> dict[str, Use]:
    """Return by name how the secrets are used, from the beats of one app; the order is any."""
    said = _by_process(beats)
    lately = _lately(said)
    total = sum(lately.values())
    known: dict[str, list[SecretBeat]] = {}
    living: dict[str, list[SecretBeat]] = {}
    for own in said.values():
        last = own[-1]
        for name, secret in _secrets(last).items():
            known.setdefault(name, []).append(secret)
            if last.at >= now_ms - DEAD_AFTER_MS:
                living.setdefault(name, []).append(secret)

    return {
        name: Use(
            share=lately.get(name, 0) / total if total else 0.0,
            last_ms=max(secret.last_ms for secret in known[name]),
            watched_ms=max(secret.since_ms for secret in alive),
            since_ms=min(secret.since_ms for secret in known[name]),
        )
        for name, alive in living.items()
    }


def _by_process(beats: Iterable[Beat]) -> dict[str, list[Beat]]:
    """Return the beats of each ingress, in their order."""
    said: dict[str, list[Beat]] = {}
    for beat in sorted(beats, key=lambda beat: beat.at):
        if beat.door is not None:
            said.setdefault(beat.process, []).append(beat)
    return said


def _lately(said: Mapping[str, list[Beat]]) -> dict[str, int]:
    """Return how many webhooks each secret has signed between the first and the last beats; of a
    process with but one beat, since it started.
    """
    counts: dict[str, int] = {}
    for own in said.values():
        before = _secrets(own[0]) if len(own) > 1 else {}
        for name, secret in _secrets(own[-1]).items():
            earlier = before.get(name, SecretBeat()).count
            counts[name] = counts.get(name, 0) + secret.count - earlier
    return counts


def _secrets(beat: Beat) -> Mapping[str, SecretBeat]:
    return {} if beat.door is None else beat.door.secrets


def told(use: Use, now_ms: int) -> str:
    """Say how a secret is used: `3 % of what comes, the last 2 min ago`."""
    if use.last_ms and use.unused_ms(now_ms) < UNUSED_MS:
        ago = span(now_ms - use.last_ms)
        return f"{share(use)} of what comes, the last {ago} ago"
    return f"unused for {span(use.unused_ms(now_ms))}"


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
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def findings_of_use(app: App, used: Mapping[str, Use], now_ms: int) -> Iterator[Finding]:
    """Yield what to do about an app's secrets: those that can go, and those that end too soon."""
    for name, secret in app.secrets.items():
        called = f"app {app.name}: the secret {name}"
        use = used.get(name)
        left_ms = secret.until * 1000 - now_ms
        if left_ms <= 0:
            yield Finding(f"{called} has ended", "take it out", is_wrong=False)
        elif use is not None and use.unused_ms(now_ms) >= UNUSED_MS and len(app.secrets) > 1:
            unused = span(use.unused_ms(now_ms))
            yield Finding(f"{called}: unused for {unused}", "it can go", is_wrong=False)
        elif use is not None and use.share > 0 and left_ms < SOON_MS:
            left = span(int(left_ms))
            yield Finding(
                f"{called} ends in {left}, and {share(use)} of what comes is signed with it",
                "have the platform sign with another one before, or set until= later",
                is_wrong=False,
            )
