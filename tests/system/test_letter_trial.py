"""A dead letter as a test: it runs at once, and fails for as long as the bug is there."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from schemas.dead_letter import DeadLetter, Reason
from schemas.names import WorkQueue
from tests.system.laid import declared
from tests.system.processes import BIN, HERE, environment, finished
from tests.system.record import Record
from tests.system.samples import SHOP

TRACEBACK = f'Traceback:\n  File "{HERE}/consumers.py", line 1, in careless\n'


async def test_a_dead_letter_becomes_a_test_that_fails_beside_its_body_masked(
    url: str, app: str, amqp: AbstractChannel, record: Record, tmp_path: Path
) -> None:
    await declared(url, app)
    died = DeadLetter("careless", Reason.EXHAUSTED, 2, 1_700_000_000_000, "too many", TRACEBACK)
    own: dict[str, Any] = {"webhook-id": "w1", "webhook-shop": SHOP, "webhook-received-ms": 1}
    letter = aio_pika.Message(
        b'{"id": 1, "email": "ann@shop.example"}',
        headers={**own, **died.headers()},
        content_type="application/json",
        type="orders/create",
        app_id=app,
        delivery_mode=2,
    )
    dead = await amqp.get_exchange(f"{app}.dead", ensure=False)
    await dead.publish(letter, WorkQueue(app, "careless", "orders.create").name)

    show = ("dead-letters", "show", "w1", "--as-test")
    env = environment(url, APP=app)
    test = tmp_path / "test_letter.py"
    with test.open("wb") as file:
        shown = await asyncio.create_subprocess_exec(
            BIN / "hookline-workers", *show, env=env, cwd=HERE, stdout=file
        )
    assert 0 == await shown.wait()
    assert "from consumers import careless" in test.read_text()
    assert "masked@shop.example" in (tmp_path / "letter_w1.json").read_text()

    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    ran = await asyncio.to_thread(
        subprocess.run, run, cwd=HERE, capture_output=True, text=True, check=False
    )
    assert 1 == ran.returncode, ran.stdout + ran.stderr
    assert "AssertionError" in ran.stdout
    assert "characters are too many" in ran.stdout

    again = await finished("hookline-workers", *show, env=env, cwd=tmp_path)
    assert (2, True) == (again[0], "is there already" in again[2])
