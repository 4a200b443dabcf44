"""Reading the apps again: what changes, what stays in force, and when."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingress import entrance, reload
from ingress.entrance import Entrances
from ingress.refusals import Refused
from ingress.registration import App
from ingress.reload import Reload
from ingress.settings import read_apps
from ingress.signature import Unverified, sign
from ingress.telemetry import SETTINGS_STALE
from ingress.watched import Stamps, files_of, stamps

BODY = b"{}"
SHOP = "noisy.spiffystores.com"


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
        self.looks = 0

    def look(self, paths: Iterable[str]) -> Stamps:
        """Look at the files, and count it."""
        self.looks += 1
        return stamps(paths)

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
        door = self.entrances.paths[f"/webhooks/{app}"]
        headers = [("x-spiffy-hmac-sha256", sign(BODY, secret))]
        try:
            return door.prove(BODY, door.platform.read(headers))
        except Unverified:
            return ""

    def shop(self) -> str:
        """Return the shop, where it is let in."""
        try:
            return self.entrances.paths["/webhooks/one"].shop(SHOP)
        except Refused:
            return ""


def stale() -> float:
    """Return what the gauge says."""
    (family,) = SETTINGS_STALE.collect()
    return family.samples[0].value


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
    monkeypatch.setattr(reload, "stamps", running.look)
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
        assert 1 == stale()

        running.write('[apps.one]\nsecrets = "new:n3w"\n')
        await told(logged, "apps.read")
        assert 0 == stale()
        assert ("", "new") == (running.proven_by(b"0ld"), running.proven_by(b"n3w"))
        assert 1 == len([line for line in logged if line["event"] == "apps.not_read"])


async def test_the_last_shop_that_is_refused_is_let_in_again_once_its_file_is_empty(
    running: Running,
) -> None:
    refused = running.file.with_name("refused")
    refused.write_text("")
    running.write(f'[apps.one]\nsecrets = "old:0ld"\nrefused_shops_file = "{refused}"\n')
    async with following(running) as logged:
        assert SHOP == running.shop()
        refused.write_text(f"{SHOP}\n")
        await told(logged, "apps.read")
        assert "" == running.shop()

        logged.clear()
        refused.write_text("\n")
        await told(logged, "apps.read")
        assert SHOP == running.shop()


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
        assert 1 == stale()
        assert "old" == running.proven_by(b"0ld")

        running.held.obstacle = ""
        await told(logged, "apps.read")
        assert ("secret-1", {"two"}) == (running.proven_by(b"other", "two"), running.held.apps)


async def test_a_secret_that_ends_proves_nothing_from_that_moment_on(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "time", lambda: running.now)
    running.write('[apps.one]\nsecrets = "new:n3w,old:0ld until=2999-01-31"\n')
    async with following(running) as logged:
        assert "old" == running.proven_by(b"0ld")
        running.now = 2**40
        line = await told(logged, "secret.ended")
        assert ("one", "old") == (line["app"], line["secret"])
        assert ("", "new") == (running.proven_by(b"0ld"), running.proven_by(b"n3w"))


async def test_the_last_secret_that_ends_is_told_and_keeps_no_other_app_from_a_change(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "time", lambda: running.now)
    two = '[apps.two]\nsecrets = "{}"\n'
    one = '[apps.one]\nsecrets = "old:0ld until=2999-01-31"\n'
    running.write(one + two.format("a:n3w"))
    async with following(running) as logged:
        await looked(running, 1)
        running.now = 2**40
        line = await told(logged, "secret.none_left")
        assert "one" == line["app"]
        running.write(one + two.format("b:n3wer"))
        await told(logged, "apps.read")
        assert ("b", "") == (running.proven_by(b"n3wer", "two"), running.proven_by(b"0ld"))


async def test_who_begins_without_a_secret_that_counts_is_told_and_may_get_one(
    running: Running,
) -> None:
    running.write('[apps.one]\nsecrets = "old:0ld until=2020-01-31"\n')
    async with following(running) as logged:
        assert "one" == (await told(logged, "secret.none_left"))["app"]
        running.write('[apps.one]\nsecrets = "new:n3w"\n')
        await told(logged, "apps.read")
        assert "new" == running.proven_by(b"n3w")
        assert 1 == len([line for line in logged if line["event"] == "secret.none_left"])


async def test_a_file_that_would_take_the_last_secret_that_counts_is_a_bad_one(
    running: Running,
) -> None:
    async with following(running) as logged:
        running.write('[apps.one]\nsecrets = "old:0ld until=2020-01-31"\n')
        line = await told(logged, "apps.not_read")
        assert "app one: all secrets in it have ended (until=)" == line["error"]
        assert "old" == running.proven_by(b"0ld")
        assert 1 == stale()


async def looked(running: Running, times: int) -> None:
    """Return once the files were looked at so many times more."""
    wanted = running.looks + times
    async with asyncio.timeout(10):
        while running.looks < wanted:
            await asyncio.sleep(0.005)


async def test_a_bad_file_is_told_once(running: Running) -> None:
    topics = running.file.with_name("topics")
    topics.write_text("orders/create")
    running.write(f'[apps.one]\nsecrets = "old:0ld"\ntopics_file = "{topics}"\n')
    async with following(running) as logged:
        running.write("[apps.one")
        await told(logged, "apps.not_read")
        await looked(running, 5)
        assert ["apps.not_read"] == [line["event"] for line in logged]


async def test_a_file_that_is_named_from_now_on_is_read_with_the_change_and_not_once_more(
    running: Running,
) -> None:
    topics = running.file.with_name("topics")
    topics.write_text("orders/create")
    async with following(running) as logged:
        running.write(f'[apps.one]\nsecrets = "old:0ld"\ntopics_file = "{topics}"\n')
        await told(logged, "apps.read")
        await looked(running, 5)
        assert ["apps.read"] == [line["event"] for line in logged]

        topics.write_text("orders/create,orders/paid")
        await looked(running, 5)
        assert ["apps.read"] * 2 == [line["event"] for line in logged]


async def test_a_path_that_can_be_none_is_told_and_what_follows_is_read(running: Running) -> None:
    async with following(running) as logged:
        running.write('[apps.one]\nsecrets_file = "/a\\u0000b"\n')
        await told(logged, "apps.not_read")
        running.write('[apps.one]\nsecrets = "new:n3w"\n')
        await told(logged, "apps.read")
        assert "new" == running.proven_by(b"n3w")


async def test_a_file_that_is_still_being_written_is_not_read_yet(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [1, 2, 3, 4]
    read_at: list[int] = []

    def looked(_: Any) -> Any:
        if len(written) > 1:
            written.pop(0)
        return ((written[0], 0, 0),)

    def read(_: Any) -> dict[str, App]:
        read_at.append(written[0])
        return {}

    monkeypatch.setattr(reload, "stamps", looked)
    monkeypatch.setattr(reload, "read_apps", read)
    async with following(running) as logged:
        await told(logged, "apps.read")
    assert [4] == read_at


async def test_a_new_app_that_nobody_says_anything_of_is_waited_for_no_longer(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def widen(_: Iterable[str]) -> str:
        return await asyncio.Future()

    monkeypatch.setattr(reload, "PATIENCE", 0.01)
    monkeypatch.setattr(running.held, "widen", widen)
    async with following(running) as logged:
        running.write('[apps.two]\nsecrets = "other"\n')
        line = await told(logged, "apps.not_taken")
    assert "the broker does not hold what a new app needs" == line["error"]
    assert {"one"} == running.held.apps


def test_what_shops_and_addresses_have_spent_goes_on_to_count_while_their_rate_is_the_same() -> (
    None
):
    def apps(rate: str) -> dict[str, App]:
        return {"one": App(name="one", secrets="x", shop_rate=rate, address_rate=rate)}

    entrances = Entrances(apps("1/h"))
    before = entrances.paths["/webhooks/one"]
    entrances.replace(apps("1/h"))
    kept = entrances.paths["/webhooks/one"]
    assert (before.shops, before.addresses) == (kept.shops, kept.addresses)
    entrances.replace(apps("2/h"))
    assert before.shops is not entrances.paths["/webhooks/one"].shops


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
