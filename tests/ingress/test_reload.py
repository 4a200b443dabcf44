"""Reading the apps again: what changes, what stays in force, and when."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingress import reload
from ingress.entrance import Entrances
from ingress.reload import Reload
from ingress.settings import read_apps
from ingress.signature import Unverified, sign
from ingress.watched import files_of

BODY = b"{}"


class Held:
    """Stands in for what the broker holds of apps."""

    def __init__(self) -> None:
        self.wider: list[set[str]] = []
        self.apps: set[str] = set()
        self.obstacle = ""

    async def widen(self, apps: Iterable[str]) -> str:
        """Hold them, or say why not."""
        self.wider.append(set(apps))
        return self.obstacle

    def narrow(self, apps: Iterable[str]) -> None:
        """Hold these alone."""
        self.apps = set(apps)


class Running:
    """An ingress's apps, and the file that they come from."""

    def __init__(self, folder: Path, *, now: float | None = None) -> None:
        self.file = folder / "apps.toml"
        self.now = now or time()
        self.held = Held()
        self.entrances: Entrances
        self.reload: Reload

    def write(self, text: str) -> None:
        """Put a new file in the place of the old one."""
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.rename(self.file)

    def begin(self) -> None:
        """Read the file for the first time."""
        environment = {"HOOKLINE_APPS_FILE": str(self.file)}
        apps = read_apps(environment)
        self.entrances = Entrances(apps)
        self.reload = Reload(apps, self.entrances, self.held, environment, lambda: self.now)

    def proven_by(self, secret: bytes, app: str = "one") -> str:
        """Return the name of the secret that a signature of this one counts for now, if any."""
        entrance = self.entrances.paths[f"/webhooks/{app}"]
        headers = [("x-spiffy-hmac-sha256", sign(BODY, secret))]
        try:
            return entrance.prove(BODY, entrance.platform.read(headers))
        except Unverified:
            return ""


@asynccontextmanager
async def following(running: Running) -> AsyncIterator[list[Any]]:
    """Follow the file; give what is logged meanwhile."""
    running.begin()
    with capture_logs() as logged:
        following = asyncio.create_task(running.reload.keep())
        try:
            yield logged
        finally:
            following.cancel()


async def told(logged: list[Any], event: str) -> Any:
    """Return the line of this event once it is there."""
    async with asyncio.timeout(10):
        while True:
            for line in logged:
                if line["event"] == event:
                    return line
            await asyncio.sleep(0.005)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Running:
    """An app of one secret, looked at a hundred times a second."""
    monkeypatch.setattr(reload, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(reload, "STARTED_MS", 2**60)
    running = Running(tmp_path)
    running.write('[apps.one]\nsecrets = "old:0ld"\n')
    return running


async def test_a_file_that_changes_is_read_again(running: Running) -> None:
    async with following(running) as logged:
        assert ("old", "") == (running.proven_by(b"0ld"), running.proven_by(b"n3w"))
        running.write('[apps.one]\nsecrets = "new:n3w,old:0ld"\n')
        line = await told(logged, "apps.read")
        assert (["one"], {"one": ["new", "old"]}) == (line["apps"], line["secrets"])
        assert ("old", "new") == (running.proven_by(b"0ld"), running.proven_by(b"n3w"))


async def test_a_bad_file_leaves_in_force_what_was_and_is_told_in_one_line(
    running: Running,
) -> None:
    async with following(running) as logged:
        running.write(
            '[apps.one]\nsecrets = "old:0ld"\ncolour = 1\n[apps.two]\nsecrets = "pa55"\nx=1'
        )
        line = await told(logged, "apps.not_read")
        assert "[apps.one] colour is no setting" in line["error"]
        assert "\n" not in line["error"]
        assert "pa55" not in line["error"]
        assert "old" == running.proven_by(b"0ld")

        running.write('[apps.one]\nsecrets = "new:n3w"\n')
        await told(logged, "apps.read")
        assert ("", "new") == (running.proven_by(b"0ld"), running.proven_by(b"n3w"))
        assert 1 == len([line for line in logged if line["event"] == "apps.not_read"])


async def test_who_asks_has_it_read_though_nothing_changed(running: Running) -> None:
    async with following(running) as logged:
        running.reload.wanted.set()
        await told(logged, "apps.read")


async def test_what_was_written_while_we_started_is_read(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "STARTED_MS", 0)
    async with following(running) as logged:
        await told(logged, "apps.read")


async def test_a_new_app_is_let_in_once_the_broker_holds_what_it_needs(running: Running) -> None:
    async with following(running) as logged:
        assert {"/webhooks", "/webhooks/one"} == set(running.entrances.paths)
        running.write('[apps.one]\nsecrets = "old:0ld"\n[apps.two]\nsecrets = "other"\n')
        await told(logged, "apps.read")
        assert [{"one", "two"}] == running.held.wider
        assert {"one", "two"} == running.held.apps
        assert {"/webhooks/one", "/webhooks/two"} == set(running.entrances.paths)


async def test_a_new_app_that_the_broker_has_no_room_for_changes_nothing_and_is_tried_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "AGAIN", 0.02)
    running.held.obstacle = "exchange two.webhooks differs"
    async with following(running) as logged:
        running.write('[apps.two]\nsecrets = "other"\n')
        line = await told(logged, "apps.not_taken")
        assert "exchange two.webhooks differs" == line["error"]
        assert "old" == running.proven_by(b"0ld")

        running.held.obstacle = ""
        await told(logged, "apps.read")
        assert ("secret-1", {"two"}) == (running.proven_by(b"other", "two"), running.held.apps)


async def test_a_secret_that_ends_proves_nothing_from_that_moment_on(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.write('[apps.one]\nsecrets = "new:n3w,old:0ld until=2999-01-31"\n')
    async with following(running) as logged:
        assert "old" == running.proven_by(b"0ld")
        running.now = 2**40
        line = await told(logged, "secret.ended")
        assert ("one", "old") == (line["app"], line["secret"])


def test_all_files_are_looked_at_that_the_settings_name(tmp_path: Path) -> None:
    file = tmp_path / "apps.toml"
    file.write_text('[apps.one]\nsecrets_file = "/a"\ntopics_file = " /b "\nshops = "x"\n')
    environment = {
        "HOOKLINE_APPS_FILE": str(file),
        "hookline_platforms_file": "/c",
        "HOOKLINE_SECRETS_FILE": "/d",
        "HOOKLINE_HOST_FILE": "/e",
    }
    assert [str(file), "/c", "/d", "/a", "/b"] == files_of(environment)
    assert [] == files_of({"HOOKLINE_SECRETS": "x"})
