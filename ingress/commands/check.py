"""`hookline-ingress check`: do the settings lead to a broker that holds what is needed?"""

from collections.abc import Mapping

from yarl import URL

from ingress.registration import App
from ingress.settings import Settings
from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, verify
from runtime.amqp.link import close, connect
from runtime.exit_codes import DIFFERS, DONE, FAILED
from schemas.topology import joined, topology


async def run(settings: Settings, apps: Mapping[str, App]) -> int:
    """Print the apps and what each broker holds; change nothing. Return the exit code."""
    for app in apps.values():
        _print_app(app)

    codes: list[int] = []
    for url in settings.amqp_url:
        code = await _check_broker(URL(url), apps)
        codes.append(code)
    if FAILED in codes:
        return FAILED
    return max(codes)


def _print_app(app: App) -> None:
    platform = app.platform.name
    secrets = ", ".join(app.secrets)
    topics = "any topic"
    if app.topics is not None:
        in_order = sorted(app.topics)
        topics = ", ".join(in_order)
    print(f"app {app.name}: {platform}, {app.encoding} signatures, secrets {secrets}, {topics}")


async def _check_broker(url: URL, apps: Mapping[str, App]) -> int:
    """Say what a broker holds; return the exit code."""
    broker = f"broker {url.host}:{url.port}"
    try:
        await _verify(url, apps)
    except TopologyDiffersError as error:
        print(f"{broker}: differs, or is not declared yet:\n{error}")
        return DIFFERS
    except Exception as error:  # noqa: BLE001 - whatever it is, it keeps us from the broker
        print(f"{broker}: {error}")
        return FAILED

    print(f"{broker}: holds what is needed")
    return DONE


async def _verify(url: URL, apps: Mapping[str, App]) -> None:
    wanted = joined(map(topology, apps))
    link = await connect(url, "ingress check")
    try:
        channel = KeptChannel.on(link.connection)
        await verify(channel, wanted)
    finally:
        await close(link.connection)
