"""`hookline-ingress send`: signs as each platform does, and says what a body says otherwise."""

import argparse
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingress.commands import send
from ingress.platforms import PLATFORMS
from ingress.registration import App
from ingress.sampled import HERE
from ingress.settings import SettingsError, read_platforms
from ingress.signing import signed_headers
from ingress.testing import ADDRESS, APP, SECRET, SHOP, opened
from tests.ingress.platform_bodies import SAMPLES


def arguments(file: Path, topic: str, shop: str, to: str) -> argparse.Namespace:
    """Return what the command line says."""
    return argparse.Namespace(
        app=None, sample=None, changes=[], file=file, topic=topic, shop=shop, to=to
    )


def apps(platform: str) -> dict[str, App]:
    """Return the one app, of a platform."""
    secret = SAMPLES[platform].secret
    return {APP: App(name=APP, secrets=secret, platform=platform, address=ADDRESS)}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_is_sent_is_taken_in_as_the_platforms(platform: str, tmp_path: Path) -> None:
    sample = SAMPLES[platform]
    file = tmp_path / "body.json"
    file.write_bytes(sample.body)
    async with opened(platform=platform, secret=sample.secret) as door:
        asked = arguments(file, sample.topic, sample.shop, door.url)
        assert 0 == await send.run(apps(platform), asked)
        assert [(sample.topic, sample.shop)] == [(one.topic, one.shop) for one in door.taken]


async def test_what_a_server_answers_moves_no_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="\x1b[2Jone\ntwo", status=404)

    application = web.Application()
    application.router.add_post("/", answer)
    file = tmp_path / "body.json"
    file.write_bytes(SAMPLES["spiffy"].body)
    async with TestServer(application) as server:
        asked = arguments(file, "orders/create", "a.spiffystores.com", str(server.make_url("/")))
        assert 1 == await send.run(apps("spiffy"), asked)
    assert "404 \\x1b[2Jone\ntwo\n" == capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    unreadable = Path("/proc/self/mem")  # for whoever is root, too
    with pytest.raises(SettingsError, match="/proc/self/mem: Input/output error"):
        _ = send.run(apps("spiffy"), arguments(unreadable, "orders/create", SHOP, HERE))
    with pytest.raises(SettingsError, match="no such file"):
        _ = send.run(apps("spiffy"), arguments(tmp_path, "orders/create", SHOP, HERE))


DOCUMENT = (Path(__file__).parents[3] / "deploy/PLATFORMS.md").read_text()


def test_the_platform_that_the_document_describes_is_sent_for_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "platforms.toml"
    (table,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (topic,) = re.findall(r"hookline-ingress send (\S+) body.json", DOCUMENT)
    (body,) = re.findall(r"body.json` holds `(\{.*?\})`", DOCUMENT)
    file.write_text(table)
    acme = read_platforms({"HOOKLINE_PLATFORMS_FILE": str(file)})["acme"]
    app = App(name="acme", platform=acme, secrets=SECRET)
    headers = signed_headers(app, topic, "", body.encode(), send.JSON)
    assert "order" == headers["x-acme-resource"]


ENDED = "0ld until=2020-01-31"


async def test_no_secret_signs_that_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(b"{}")
    app = App(name=APP, secrets=f"old:{ENDED},new:{SECRET}")
    async with opened() as door:
        assert 0 == await send.run({APP: app}, arguments(file, "orders/create", SHOP, door.url))
        assert 1 == len(door.taken)

    app = App(name=APP, secrets=ENDED)
    with pytest.raises(SettingsError, match=r"all secrets of app test have ended \(until=\)"):
        _ = send.run({APP: app}, arguments(file, "orders/create", SHOP, HERE))


@pytest.mark.parametrize(
    ("platform", "topic", "shop", "told"),
    [
        (
            "stripe",
            "invoice.paid",
            "",
            "stripe says the topic by the body's field type: 'customer-",
        ),
        ("square", "webhooks.test_notification", "M", "square says the shop by the body's field m"),
        ("spiffy", "orders/create", "", "--shop: say which shop the webhook is of"),
    ],
)
def test_what_the_platform_would_not_say_is_told_and_not_sent(
    tmp_path: Path, platform: str, topic: str, shop: str, told: str
) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(SAMPLES[platform].body)
    with pytest.raises(SettingsError) as caught:
        _ = send.run(apps(platform), arguments(file, topic, shop, HERE))
    assert told in str(caught.value)
