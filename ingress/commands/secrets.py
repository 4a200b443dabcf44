"""`hookline-ingress secrets`: names, use and end of the secrets; never a value."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import inf
from time import time

from yarl import URL

from ingress.commands.use_of_secrets import use_of_secrets
from ingress.registration import App
from ingress.secret import Secret
from ingress.secret_use import Use, span, told
from ingress.settings import Settings
from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import close, connect
from runtime.exit_codes import DONE, FAILED

HEAD = ("name", "seen for", "until", "use")
UNKNOWN = "no running ingress has it"
NO_PULSE = "not known: there is no pulse, or this user may not read it"


async def run(settings: Settings, apps: Mapping[str, App]) -> int:
    """Print a table of each app's secrets; return the exit code, 1 where no broker is reached."""
    code = FAILED
    used: dict[str, Mapping[str, Use] | None] = {}
    for url in map(URL, settings.amqp_url):
        try:
            used = await _used(url, apps)
            code = DONE
            break
        except Exception as error:  # noqa: BLE001 - whatever it is, it keeps us from the broker
            print(f"broker {url.host}:{url.port}: {error}")

    for app in apps.values():
        print(f"app {app.name}")
        for line in rows(app, used.get(app.name), int(time() * 1000)):
            print(f"  {line}")
    return code


async def _used(url: URL, apps: Mapping[str, App]) -> dict[str, Mapping[str, Use] | None]:
    link = await connect(url, "ingress secrets")
    try:
        kept = KeptChannel.on(link.connection)
        return {name: await use_of_secrets(kept, name) for name in apps}
    finally:
        await close(link.connection)


def rows(app: App, used: Mapping[str, Use] | None, now_ms: int) -> Iterator[str]:
    """Yield the lines of an app's table."""
    cells = [HEAD]
    for name, secret in app.secrets.items():
        seen_for, use = _told(name, used, now_ms)
        until = _until(secret, now_ms / 1000)
        cells.append((name, seen_for, until, use))

    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = map(str.ljust, row, widths)
        line = "  ".join(padded)
        yield line.rstrip()


def _told(name: str, used: Mapping[str, Use] | None, now_ms: int) -> tuple[str, str]:
    """Return for how long a process has had a secret of this name, and how it is used."""
    if used is None:
        return "-", NO_PULSE

    use = used.get(name)
    if use is None:
        return "-", UNKNOWN
    seen_for = span(now_ms - use.since_ms)
    return seen_for, told(use, now_ms)


def _until(secret: Secret, now: float) -> str:
    if secret.until == inf:
        return "-"

    end = datetime.fromtimestamp(secret.until, UTC)
    written = f"{end:%Y-%m-%d %H:%M} UTC"
    if secret.holds_at(now):
        return written
    return f"{written}, ended"
