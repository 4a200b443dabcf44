"""`run --reload`: a worker that begins anew with each change, and outlives a mistake."""

import asyncio
from pathlib import Path

from tests.system.process import Process
from tests.system.processes import environment, finished, spawn
from tests.system.waiting import until

CODE = """from workers import Delivery, consumer


@consumer("orders/create", {more})
async def erp(delivery: Delivery[bytes]) -> None: ...
"""


async def begun(process: Process, times: int) -> None:
    """Wait until workers have begun so often."""

    async def so_often() -> bool:
        return len(process.events("worker.started")) >= times

    await until(so_often, 40, f"{times} workers begun")


async def test_a_worker_begins_anew_with_each_change_and_waits_for_the_next_after_a_mistake(
    url: str, app: str, tmp_path: Path
) -> None:
    code = tmp_path / "shop.py"
    code.write_text(CODE.format(more="concurrency=1"))
    env = environment(url, APP=app)
    refused = await finished(
        "hookline-workers", "run", "shop", "--reload", "--processes", "2", env=env, cwd=tmp_path
    )
    assert (2, True) == (refused[0], "leave out --processes" in refused[2])

    process = Process(
        await spawn("hookline-workers", "run", "shop", "--reload", env=env, cwd=tmp_path)
    )
    try:
        await begun(process, 1)
        code.write_text(CODE.format(more="concurrency=2"))
        await process.event("worker.reloading")
        await begun(process, 2)
        assert process.events("worker.stopped"), "the first has ended in order"

        code.write_text(CODE.format(more="concurrency="))
        await process.event("worker.ended", code=2)
        assert "shop.py" in process.written
        code.write_text(CODE.format(more="concurrency=3"))
        await begun(process, 3)
        assert 0 == await process.stop()
    finally:
        if process.process.returncode is None:
            process.process.kill()
        await asyncio.wait_for(process.process.wait(), 30)
