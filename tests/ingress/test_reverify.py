"""Which letters still verify, and by which secret."""

import argparse
from pathlib import Path

import pytest

from ingress.commands import reverify
from ingress.registration import App
from ingress.settings import SettingsError
from ingress.signing import signed_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import Topic, TopicPattern
from schemas.webhook import Webhook
from tests.ingress.platform_bodies import SAMPLES
from workers.letter import Source
from workers.letter_file import line_of

RECEIVED = 1_700_000_000


def exported(
    platform: str, secret: str, signed_by: str, *, dead: bool = True, ended: bytes = b""
) -> bytes:
    """Return a line of a letter that was taken in with a secret."""
    sample = SAMPLES[platform]
    app = App(name="one", platform=platform, secrets=secret, address="https://x/")
    headers = signed_headers(
        app, sample.topic, sample.shop, sample.body, "application/json", lambda: float(RECEIVED)
    )
    webhook = Webhook(
        "id-1",
        "one",
        Topic.parse(sample.topic),
        sample.shop,
        RECEIVED * 1000,
        "application/json",
        sample.body + ended,
        app.platform.read(headers.items()).headers,
        signed_by,
    )
    sent = webhook.properties()
    properties = ReceivedProperties(
        content_type=sent.content_type, headers=dict(sent.headers), type=sent.type, app_id="one"
    )
    queue = WorkQueue.of("one", "erp", TopicPattern.parse(sample.topic))
    source = Source.dead(queue) if dead else Source.unrouted("one")
    return line_of("one", source, queue.name, properties, webhook.body)


async def run(folder: Path, app: App, *lines: bytes) -> int:
    """Look at a file of these lines; return the exit code."""
    file = folder / "letters"
    file.write_bytes(b"".join(lines))
    return await reverify.run({"one": app}, argparse.Namespace(file=str(file), app=None))


@pytest.mark.parametrize("platform", ["spiffy", "stripe", "square", "bigcommerce"])
async def test_letters_of_years_ago_are_told_by_the_secret_that_they_verify_by(
    platform: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = App(
        name="one",
        platform=platform,
        secrets="new:n3w,old:0ld until=2024-01-01",
        address="https://x/",
    )
    lines = [exported(platform, "n3w", "first"), exported(platform, "0ld", "old", dead=False)]
    assert 0 == await run(tmp_path, app, *lines)
    queue = WorkQueue.of("one", "erp", TopicPattern.parse(SAMPLES[platform].topic)).name
    assert [
        f"id-1 {queue}: verifies by new; taken in by first",
        "id-1 unrouted: verifies by old; taken in by old",
        "1 by new, 1 by old",
    ] == capsys.readouterr().out.splitlines()


async def test_what_verifies_by_no_secret_is_told_and_is_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = App(name="one", secrets="new:n3w")
    lines = [exported("spiffy", "gone", "gone"), exported("spiffy", "n3w", "new", ended=b" ")]
    assert 3 == await run(tmp_path, app, *lines)
    out = capsys.readouterr().out
    assert 2 == out.count("verifies by none")
    assert out.endswith("2 by none\n")


async def test_a_file_that_holds_no_letters_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line 1 holds no letter"):
        await run(tmp_path, App(name="one", secrets="x"), b"{}\n")
    with pytest.raises(SettingsError, match="No such file"):
        _ = reverify.run(
            {"one": App(name="one", secrets="x")}, argparse.Namespace(file="/nowhere", app=None)
        )
