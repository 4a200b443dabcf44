"""`hookline-ingress explain`: of a captured request of any platform."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from ingress.commands import explain
from ingress.platforms import PLATFORMS
from ingress.settings import SettingsError
from tests.ingress.test_prove import VECTORS, Vector

SLACK = next(vector for vector in VECTORS if vector.platform == "slack")


def captured(folder: Path, vector: Vector) -> Path:
    """Write a request as it came."""
    head = "".join(f"{name}: {value}\r\n" for name, value in vector.headers.items())
    file = folder / "request"
    file.write_bytes(f"POST /webhooks/a HTTP/1.1\r\n{head}\r\n".encode() + vector.body)
    return file


def arguments(file: Path, **more: Any) -> argparse.Namespace:
    """Return what the command line says."""
    said: dict[str, Any] = {
        "signature": None,
        "secret": [],
        "app": None,
        "platform": None,
        "query": None,
    }
    return argparse.Namespace(file=file, **(said | more))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.platform)
async def test_a_platforms_request_verifies_with_the_apps_own_secret(
    vector: Vector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOOKLINE_PLATFORM", vector.platform)
    monkeypatch.setenv("HOOKLINE_SECRETS", f"it:{vector.secret.decode()}")
    monkeypatch.setenv("HOOKLINE_ADDRESS", vector.address)
    assert 0 == await explain.run(arguments(captured(tmp_path, vector)))
    out = capsys.readouterr().out
    assert "verifies, with the secret it" in out
    assert PLATFORMS[vector.platform].scheme.is_timed == ("it counts for 300 s" in out)


async def test_a_platform_and_a_secret_can_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = captured(tmp_path, SLACK._replace(body=SLACK.body + b"\n"))
    secret = SLACK.secret.decode()
    assert 1 == await explain.run(arguments(file, platform="slack", secret=[secret]))
    told = capsys.readouterr().out
    assert "with the secret secret-1 it fits but for one thing" in told
    assert "line end" in told


def test_a_platform_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    file = captured(tmp_path, SLACK)
    with pytest.raises(SettingsError, match="--platform slacc: not known; there are spiffy, shop"):
        _ = explain.run(arguments(file, platform="slacc", secret=["x"]))
