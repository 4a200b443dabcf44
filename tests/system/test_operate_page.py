"""The operator's page, from top to bottom: each command is run, and prints what stands there.

The mess: of six orders two lack their taxes, which the consumer `erp` is not prepared for, and one
an address for `mail`, whose server is busy when it writes to the first; a refund came that nobody
consumes; and `ledger`, which keeps each shop's order, finds the books closed for a customer that
has changed three times; `stock`, whose dead webhooks halt their shop, does not know the products.
"""

import json
import shutil
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest

from ingress.signature import sign
from tests.system.door import Ingress
from tests.system.page import Session, Shown, plain, shown_in
from tests.system.processes import environment, finished, ingress, worker
from tests.system.waiting import until

ROOT = Path(__file__).parents[2]
CONSUMERS = Path(__file__).parent / "operating/consumers.py"
PAGE = ROOT / "deploy/OPERATE.md"
SECRET = "5b1f8a4e0c7d2936a1e4f7b0c3d6e9f2"
APP, HOST = "spiffy", "vm"
"""Names of the app and of the machine on the page; a run has others."""


async def make_a_mess(door: Ingress, app: str) -> None:
    """Post what is to go wrong."""
    orders: list[dict[str, Any]] = [{"email": "j@example.com", "tax": "1.50"} for _ in range(6)]
    orders[0]["email"] = "busy@example.com"
    del orders[3]["tax"], orders[4]["tax"], orders[5]["email"]
    for number, order in enumerate(orders):
        body = json.dumps({"id": 1000 + number, **order}).encode()
        await post(door, app, "orders/create", body)
    await post(door, app, "refunds/create", b'{"id": 2000}')
    for number in range(3):
        await post(door, app, "customers/update", f'{{"id": {3000 + number}}}'.encode())
    for number in range(2):
        await post(door, app, "products/update", f'{{"id": {4000 + number}}}'.encode())


async def post(door: Ingress, app: str, topic: str, body: bytes) -> None:
    """Post what is taken in."""
    signature = sign(body, SECRET.encode())
    await door.accepted(topic, body, app=app, X_Spiffy_Hmac_Sha256=signature)


async def until_it_is_told(env: dict[str, str]) -> None:
    """Wait until `status` knows of all of it."""

    async def is_told() -> bool:
        _, out, _ = await finished("hookline-workers", "status", "--json", env=env)
        told = json.loads(out)
        dead = sorted(queue["dead_hour"] for queue in told["queues"])
        is_waiting = sum(told["waiting"].values()) == 1
        is_held = 5 == sum(queue["held"] for queue in told["queues"])
        return (
            dead == [0, 1, 1, 2]
            and is_waiting
            and is_held
            and told["unrouted"]["topics"] == ["refunds/create"]
        )

    await until(is_told, what="the mess, as the processes tell it")


async def compared(shown: Shown, session: Session, env: dict[str, str], folder: Path) -> None:
    """Run a command of the page, and compare what it prints."""
    _, out, err = await finished(*session.arguments(shown.command), env=env, cwd=folder)
    printed = (out + err).replace(env["HOOKLINE_APP"], APP).replace(gethostname(), HOST)
    lines = printed.splitlines()
    session.learn(shown, lines)
    assert plain(shown.lines) == plain(lines), shown.command


@pytest.mark.timeout(120)
async def test_the_operators_page_shows_what_its_commands_print(
    url: str, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = tmp_path / "fixed"
    monkeypatch.setenv("FIXED", str(fixed))
    shutil.copy(CONSUMERS, tmp_path)
    secrets = f"current:{SECRET}"
    env = environment(url, APP=app, SECRETS=secrets)
    (tmp_path / "body.json").write_bytes(b'{"id": 2000}\n')

    async with (
        ingress(url, APP=app, SECRETS=secrets, JOURNAL="1d") as door,
        worker(url, cwd=tmp_path, APP=app),
    ):
        await make_a_mess(door, app)
        await until_it_is_told(env)
        session = Session()
        for shown in shown_in(PAGE):
            if "--ramp" in shown.command:
                fixed.touch()
            await compared(shown, session, env, tmp_path)
