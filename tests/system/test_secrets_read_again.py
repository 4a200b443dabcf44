"""Secrets and apps that change while webhooks come in: nothing is dropped, no bad file counts."""

import asyncio
import re
import signal
from pathlib import Path

import aiohttp

from ingress.signature import sign
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress
from tests.system.samples import SECRET
from tests.system.waiting import until

BODY = b'{"id": 1}'
NEW = "another-secret-of-the-same-app"


def put(file: Path, text: str) -> None:
    """Put a new file in the place of the old one."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.rename(file)


async def told_by_each(door: Ingress, event: str, count: int) -> None:
    """Return once there are so many lines of an event."""

    async def all_there() -> bool:
        return len(door.events(event)) >= count

    await until(all_there, what=f"{count} of {event}")


async def statuses(door: Ingress, app: str, secret: str) -> set[int]:
    """Post on connections of their own, so that each process gets some; return the statuses."""
    signature = sign(BODY, secret.encode())
    seen: set[int] = set()
    for _ in range(12):
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as door.session:
            answer = await door.post("orders/create", BODY, app=app, X_Spiffy_Hmac_Sha256=signature)
            seen.add(answer.status)
    return seen


def why_refused(door: Ingress) -> list[str]:
    """Return what the broker did with those that were not stored."""
    return [line["failure"] for line in door.events("webhook.refused") if "failure" in line]


async def told_of_both(env: dict[str, str]) -> str:
    """Return what `secrets` prints once the pulse tells of both secrets of an app."""
    told = re.compile(r"^  (old|new) +\d+ (?:s|min) +- +.*of what comes", re.MULTILINE)

    async def both() -> str:
        code, shown, _ = await finished("hookline-ingress", "secrets", env=env)
        assert 0 == code
        return shown if {"old", "new"} <= set(told.findall(shown)) else ""

    shown = await until(both, what="secrets that are used")
    assert shown is not None
    return shown


class Traffic:
    """Webhooks that come all the while; `seen` are the statuses of their answers."""

    def __init__(self, door: Ingress, app: str) -> None:
        self.seen: set[int] = set()
        self._url = f"http://127.0.0.1:{door.port}/webhooks/{app}"

    async def post(self) -> None:
        """Post, signed with the first secret, until cancelled."""
        headers = {
            "X-Spiffy-Topic": "orders/create",
            "X-Spiffy-Shop-Domain": "a.spiffystores.com",
            "X-Spiffy-Hmac-Sha256": sign(BODY, SECRET.encode()),
            "Content-Type": "application/json",
        }
        async with aiohttp.ClientSession() as session:
            while True:
                await asyncio.sleep(0.01)  # some hundred a second are enough
                async with session.post(self._url, data=BODY, headers=headers) as answer:
                    self.seen.add(answer.status)


async def test_secrets_and_apps_are_read_again_by_every_process_and_no_request_is_dropped(
    url: str, app: str, tmp_path: Path
) -> None:
    file = tmp_path / "apps.toml"
    old = f'[apps.{app}]\nsecrets = "old:{SECRET}"\n'
    both = f'[apps.{app}]\nsecrets = "old:{SECRET},new:{NEW}"\n'
    second = f"{both}[apps.{app}b]\nsecrets = '{NEW}'\n"
    put(file, old)
    env = environment(url, SECRETS=None, APPS_FILE=str(file))
    async with ingress(url, "serve", "--processes", "2", SECRETS=None, APPS_FILE=str(file)) as door:
        traffic = Traffic(door, app)
        posting = asyncio.create_task(traffic.post())
        assert {401} == await statuses(door, app, NEW)

        put(file, both)
        await told_by_each(door, "apps.read", 2)
        assert {200} == await statuses(door, app, NEW)

        put(file, f"{both}colour = 1\n")
        await told_by_each(door, "apps.not_read", 2)
        assert "[apps." in door.events("apps.not_read")[0]["error"]
        door.signal(signal.SIGHUP)
        await told_by_each(door, "apps.not_read", 4)
        assert {200} == await statuses(door, app, NEW)

        put(file, second)
        await told_by_each(door, "apps.read", 4)
        assert {200} == await statuses(door, f"{app}b", NEW), why_refused(door)
        assert {404} == await statuses(door, f"{app}c", NEW)

        assert {200} == traffic.seen, why_refused(door)
        shown = await told_of_both(env)
        assert NEW not in shown
        assert SECRET not in shown
        _, shown, _ = await finished("hookline-ingress", "check", env=env)
        assert f"app {app}: the secret old: " in shown
        put(file, f'[apps.{app}b]\nsecrets = "new:{NEW}"\n')
        await told_by_each(door, "apps.read", 6)
        assert {404} == await statuses(door, app, SECRET)
        posting.cancel()
        assert await door.stop() == 0
