"""What to do about an app's secrets, by when they end and how they are used. Pure."""

from collections.abc import Iterator, Mapping

from ingress.registration import App
from ingress.secret import Secret
from ingress.secret_use import UNUSED_MS, Use, span, told
from runtime.finding import Finding

SOON_MS = 7 * 24 * 3_600_000
"""A secret that is used ends soon where it ends within this."""


def findings_of_ends(apps: Mapping[str, App], now_ms: int) -> Iterator[Finding]:
    """Yield the apps whose secrets have all ended."""
    for app in apps.values():
        if not app.proves_at(now_ms / 1000):
            yield Finding(
                f"app {app.name}: all secrets have ended, and all that it is sent is refused",
                "give it one that the platform signs with, or set until= later",
            )


def findings_of_use(app: App, used: Mapping[str, Use], now_ms: int) -> Iterator[Finding]:
    """Yield what to do about an app's secrets: those that can go, and those that end too soon."""
    known = {name: use for name, use in used.items() if name in app.secrets}
    stays_one = any(_stays(app.secrets[name], use, now_ms) for name, use in known.items())

    for name, secret in app.secrets.items():
        called = f"app {app.name}: the secret {name}"
        use = known.get(name)
        left_ms = _left_ms(secret, now_ms)
        if left_ms <= 0:
            yield Finding(f"{called} has ended", "take it out", is_wrong=False)

        elif use is None:
            continue

        elif use.is_used(now_ms):
            if left_ms < SOON_MS:
                yield _ends_soon(called, use, int(left_ms), now_ms)

        # Where none signs anything, it is the shops that are quiet.
        elif stays_one and use.unused_ms(now_ms) >= UNUSED_MS:
            yield _can_go(called, use, now_ms)


def _stays(secret: Secret, use: Use, now_ms: int) -> bool:
    """Tell whether others can go because of it: it is used, and does not end soon."""
    return use.is_used(now_ms) and _left_ms(secret, now_ms) >= SOON_MS


def _left_ms(secret: Secret, now_ms: int) -> float:
    return secret.until * 1000 - now_ms


def _can_go(called: str, use: Use, now_ms: int) -> Finding:
    way_out = "it can go"
    if not use.last_ms:
        way_out = "it can go, unless the platform is yet to sign with it"

    unused = span(use.unused_ms(now_ms))
    return Finding(f"{called}: unused for {unused}", way_out, is_wrong=False)


def _ends_soon(called: str, use: Use, left_ms: int, now_ms: int) -> Finding:
    left = span(left_ms)
    how = told(use, now_ms)
    return Finding(
        f"{called} ends in {left}, and signs {how}",
        "have the platform sign with another one before, or set until= later",
        is_wrong=False,
    )
