"""`hookline-workers deploy`: what is printed, wherever and whenever it is."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.system.processes import BIN, environment, finished, started

PASSWORD = "pa55word"
URL = f"amqp://user:{PASSWORD}@broker/"
PLATFORMS = ("kubernetes", "compose", "systemd")


async def deploy(
    *arguments: str, hashes: str | None = None, **settings: str | None
) -> tuple[int, str, str]:
    """Run the command with the consumers of the system tests."""
    env = environment(URL, **{"APP": "shop", **settings})
    if hashes is not None:
        env["PYTHONHASHSEED"] = hashes
    return await finished("hookline-workers", "deploy", *arguments, env=env)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_the_same_input_gives_the_same_bytes_and_no_secret_is_in_them(platform: str) -> None:
    told = await deploy(platform, "consumers", hashes="0")
    again = await deploy(platform, "consumers", hashes="1", AMQP_URL=None)
    assert (0, "") == (told[0], told[2])
    assert told == again
    assert "shop.third_time_lucky.orders.create" in told[1]
    assert PASSWORD not in told[1]


async def test_each_queue_is_named_once_and_filters_and_together_narrow_it_down() -> None:
    _, whole, _ = await deploy("kubernetes", "consumers")
    _, one, _ = await deploy("kubernetes", "consumers", "--consumer", "taker")
    _, together, _ = await deploy("kubernetes", "consumers", "--consumer", "taker", "--together")

    shown = await finished(
        "hookline-workers", "topology", "show", "consumers", env=environment(URL, APP="shop")
    )
    queues = {name for name in _queues(whole) if f"{name}  [" in shown[1]}
    assert len(queues) == len(_deployments(whole)) > 10
    assert ["shop-taker-carts-update", "shop-taker-orders-create"] == _names(one)
    assert ["shop-taker-together"] == _names(together)
    assert ["run", "consumers", "--consumer", "taker"] == (
        _deployments(together)[0]["spec"]["template"]["spec"]["containers"][0]["args"]
    )


async def test_units_are_written_into_a_folder_and_a_second_time_are_the_same(
    tmp_path: Path,
) -> None:
    chosen = ("systemd", "consumers", "--consumer", "taker", "--to", str(tmp_path))
    code, out, err = await deploy(*chosen)
    assert (0, "") == (code, err)
    written = {str(path): path.read_text() for path in tmp_path.rglob("*.conf")}
    assert sorted(written) == out.splitlines()
    assert (0, out, "") == await deploy(*chosen)
    assert written == {str(path): path.read_text() for path in tmp_path.rglob("*.conf")}


async def test_what_cannot_be_written_or_is_nobodys_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = await deploy("systemd", "consumers", "--to", str(tmp_path / "file"))
    assert (1, "") == (code, out)
    assert "not written: " in err

    code, out, err = await deploy("kubernetes", "consumers", "--consumer", "nobody")
    assert (2, "") == (code, out)
    assert "no consumer or topic nobody" in err

    code, out, err = await deploy("compose", "consumers", DRAIN_TIMEOUT="soon", AMQP_URL=None)
    assert (2, "") == (code, out)
    assert "HOOKLINE_DRAIN_TIMEOUT='soon'" in err
    assert "AMQP_URL" not in err


async def test_a_units_command_runs_its_queue_and_no_empty_setting_takes_its_drain_from_it(
    url: str, app: str
) -> None:
    chosen = ("consumers", "--consumer", "taker", "--topic", "orders/create")
    program = str(BIN / "hookline-workers")
    _, out, _ = await deploy("systemd", *chosen, "--program", program, APP=app)
    joined = out.replace("\\\n", " ").replace("${PROCESSES}", "1")
    _, command = [line for line in joined.splitlines() if line.startswith("ExecStart=")]

    env = environment(url, APP=app, DRAIN_TIMEOUT="")  # as in an EnvironmentFile= of systemd
    async with started(shlex.split(command.removeprefix("ExecStart=")), env) as process:
        told = await process.event("worker.started")
        assert [f"{app}.taker.orders.create"] == told["queues"]
        assert 0 == await process.stop()
        assert 55 == process.events("worker.draining")[0]["timeout"]


def _deployments(text: str) -> list[dict[str, Any]]:
    objects = [one for one in yaml.safe_load_all(text) if one is not None]
    return [one for one in objects if one["kind"] == "Deployment"]


def _names(text: str) -> list[str]:
    return [one["metadata"]["name"] for one in _deployments(text)]


def _queues(text: str) -> list[str]:
    return [one["metadata"]["annotations"]["hookline/queues"] for one in _deployments(text)]
