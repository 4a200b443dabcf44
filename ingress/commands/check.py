"""`hookline-ingress check`: do the settings lead to a broker that holds what is needed?"""

from collections.abc import Mapping
from math import inf
from time import time
from typing import NamedTuple

from yarl import URL

from ingress.commands.use_of_secrets import use_of_secrets
from ingress.limit_findings import findings_of_limits
from ingress.registration import App
from ingress.secret_findings import findings_of_ends, findings_of_use
from ingress.secret_use import told
from ingress.settings import Settings
from ingress.weak_secrets import findings_of_secrets
from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, verify
from runtime.amqp.link import Connection, close, connect
from runtime.amqp.permitted import Permitted, refused
from runtime.amqp.versions import findings_of_version
from runtime.exit_codes import DIFFERS, DONE, FAILED
from runtime.finding import Findings
from runtime.missing_permissions import findings_of_permissions
from schemas.copies import Copies, copies_topology, in_exchange
from schemas.names import webhooks_exchange
from schemas.roles import Role
from schemas.topology import joined, topology


async def run(settings: Settings, apps: Mapping[str, App]) -> int:
    """Print the apps, what each broker holds, and what is found; change nothing. Return the exit
    code: 1 where no broker is reached or something is wrong, 3 where the topology differs.
    """
    for app in apps.values():
        _print_app(app)

    found = Findings()
    found.add(findings_of_secrets(apps))
    found.add(findings_of_ends(apps, int(time() * 1000)))
    found.add(findings_of_limits(apps))
    role = Role.DECLARER
    if settings.declare == "verify":
        role = Role.INGRESS

    codes: list[int] = []
    for url in settings.amqp_url:
        looking = _Looking(URL(url), apps, role, settings.copies)
        code = await _check_broker(looking, found)
        codes.append(code)

    for line in found.lines():
        print(line)
    if FAILED in codes:
        return FAILED
    return max(codes) or found.exit_code


def _print_app(app: App) -> None:
    platform = app.platform.name
    secrets = ", ".join(app.secrets)
    topics = "any topic"
    if app.topics is not None:
        in_order = sorted(app.topics)
        topics = ", ".join(in_order)
    print(f"app {app.name}: {platform}, {app.encoding} signatures, secrets {secrets}, {topics}")


class _Looking(NamedTuple):
    """What is looked for, where, and for whom."""

    url: URL
    apps: Mapping[str, App]
    role: Role
    copies: Copies


async def _check_broker(looking: _Looking, found: Findings) -> int:
    """Say what a broker holds; return the exit code."""
    url = looking.url
    broker = f"broker {url.host}:{url.port}"
    try:
        link = await connect(url, "ingress check")
        try:
            await _look(link.connection, looking, found)
        finally:
            await close(link.connection)
    except TopologyDiffersError as error:
        print(f"{broker}: differs, or is not declared yet:\n{error}")
        return DIFFERS
    except Exception as error:  # noqa: BLE001 - whatever it is, it keeps us from the broker
        print(f"{broker}: {error}")
        return FAILED

    print(f"{broker}: holds what is needed")
    return DONE


async def _look(connection: Connection, looking: _Looking, found: Findings) -> None:
    """Find out about version and permissions, and raise TopologyDiffersError where it differs."""
    kept = KeptChannel.on(connection)
    channel = await kept.get()
    found.add(findings_of_version(channel.connection.server_properties))

    copies = looking.copies
    for app in looking.apps:
        exchanges = [webhooks_exchange(app)]
        if copies.are_wanted:
            exchanges.append(in_exchange(app))
        kept_from = await refused(connection, Permitted(publish=tuple(exchanges)))
        found.add(findings_of_permissions(looking.url, app, looking.role, kept_from))

    await _look_at_use(kept, looking.apps, found)
    entries = [topology(app) for app in looking.apps]
    beside = [copies_topology(app, copies) for app in looking.apps]
    await verify(kept, joined([*entries, *beside]))


async def _look_at_use(kept: KeptChannel, apps: Mapping[str, App], found: Findings) -> None:
    """Say how secrets are used, where an app has several or one of them ends."""
    now_ms = int(time() * 1000)
    for app in apps.values():
        if len(app.secrets) == 1 and all(secret.until == inf for secret in app.secrets.values()):
            continue

        used = await use_of_secrets(kept, app.name) or {}
        found.add(findings_of_use(app, used, now_ms))
        for name in app.secrets:
            if name in used:
                print(f"app {app.name}: the secret {name}: {told(used[name], now_ms)}")
