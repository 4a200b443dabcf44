"""What the documents show of whole commands, run as they say."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.system.process import children
from tests.system.processes import environment, finished, ingress, started
from tests.system.record import Record
from tests.system.samples import SHOP

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
_, CONSUMER, PARTITIONED, TEST, SCENARIO = EXAMPLES
"""The README's examples but the first (test_first_consumer.py): a consumer, and tests of it."""

POSTED = '''

async def posted(order, key):
    """Stand for the author's own part: write down what came; busy where the order says so."""
    import json, os
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps({"who": "erp", "id": key, "order": order.id}) + "\\n")
    return order.note
'''


async def test_the_readmes_consumer_runs_from_an_empty_folder_with_what_send_posts(
    url: str, app: str, record: Record, tmp_path: Path
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/consumers.py").write_text(CONSUMER + POSTED)
    secrets: dict[str, Any] = {"APP": app, "SECRETS": "current:s3cr3t"}
    env = environment(url, **secrets)

    async def sent(topic: str, body: str) -> str:
        (tmp_path / "order.json").write_text(body)
        send = [
            "send",
            topic,
            "order.json",
            "--shop",
            SHOP,
            "--to",
            f"http://127.0.0.1:{door.port}/webhooks/{app}",
        ]
        code, out, err = await finished("hookline-ingress", *send, env=env, cwd=tmp_path)
        assert (0, "200") == (code, out[:3]), out + err
        return str(re.findall(r'"id":"([^"]+)"', out)[0])

    run = ["hookline-workers", "run", "shop.consumers"]
    async with ingress(url, **secrets) as door, started(run, env, tmp_path) as workers:
        taken = await sent("orders/create", '{"id": 1, "currency": "AUD"}')
        await workers.event("delivery.done", id=taken, consumer="erp")
        busy = await sent("orders/updated", '{"id": 2, "currency": "AUD", "note": "busy"}')
        assert 30 == (await workers.event("delivery.retried", id=busy))["delay"]
        foreign = await sent("orders/create", '{"id": 3, "currency": "USD"}')
        dead = await workers.event("delivery.dead", id=foreign)
        assert await workers.stop() == 0
    assert ("rejected", "Reject: no such ledger") == (dead["reason"], dead["error"])
    assert [(taken, 1), (busy, 2)] == [(line["id"], line["order"]) for line in record.lines("erp")]


async def test_the_readmes_test_of_a_consumer_passes_and_can_fail() -> None:
    scope: dict[str, Any] = {}
    exec(CONSUMER + POSTED + TEST, scope)  # noqa: S102 - our own README
    await scope["test_unknown_ledgers_are_rejected"]()
    scope["Dead"] = scope["Done"]
    with pytest.raises(AssertionError):
        await scope["test_unknown_ledgers_are_rejected"]()


def test_the_readmes_consumer_with_partitions_has_as_many_as_it_says() -> None:
    scope: dict[str, Any] = {}
    exec(CONSUMER + POSTED + PARTITIONED, scope)  # noqa: S102 - our own README
    assert 8 == scope["erp"].partitions


async def test_the_readmes_scenario_passes_and_can_fail(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORD", str(record.path))
    name = "test_an_order_for_which_the_erp_is_too_busy_is_posted_again_half_a_minute_later"
    scope: dict[str, Any] = {}
    exec(CONSUMER + POSTED + TEST + SCENARIO, scope)  # noqa: S102 - our own README
    await scope[name]()
    exec(SCENARIO.replace("30s", "29s"), scope)  # noqa: S102 - the same
    with pytest.raises(AssertionError):
        await scope[name]()


@pytest.mark.parametrize(
    "command",
    [
        ["hookline-ingress"],
        ["hookline-workers"],
        ["python", "-m", "ingress"],
        ["python", "-m", "workers"],
    ],
    ids=" ".join,
)
async def test_each_command_says_its_version_and_its_help_from_any_folder(
    command: list[str], tmp_path: Path
) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    settings = environment("")
    nothing = {name: value for name, value in settings.items() if "HOOKLINE" not in name}
    assert (0, f"hookline {version}\n", "") == await finished(
        *command, "--version", env=nothing, cwd=tmp_path
    )
    code, out, err = await finished(*command, "--help", env=nothing, cwd=tmp_path)
    assert (0, "") == (code, err)
    assert "--version" in out


@pytest.mark.parametrize(
    "command", [["python", "-m", "ingress"], ["python", "-m", "workers", "run", "consumers"]]
)
async def test_python_m_runs_the_commands(url: str, app: str, command: list[str]) -> None:
    async with started(command, environment(url, APP=app)) as process:
        await process.event("broker.connected")
        assert await process.stop() == 0


@pytest.mark.parametrize(
    "arguments", [["--processes", "2"], ["--processes", "2", "serve"]], ids=" ".join
)
async def test_serve_need_not_be_said_to_have_several_processes(
    url: str, app: str, arguments: list[str]
) -> None:
    async with ingress(url, *arguments, APP=app) as door:
        assert 2 == len(await children(door))
        assert await door.stop() == 0
