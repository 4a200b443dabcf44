"""Several processes behind one command, in the places where they are run: containers, groups,
folders of others.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.system.pages import all_ready
from tests.system.process import Process, catches, children
from tests.system.processes import BIN, environment, ingress, spawn, started, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until

COMMANDS = {
    "ingress": ["hookline-ingress", "serve"],
    "worker": ["hookline-workers", "run", "consumers"],
}
both = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
one_in_make_test = pytest.mark.parametrize(
    "command",
    [
        COMMANDS["ingress"],
        pytest.param(COMMANDS["worker"], marks=pytest.mark.slow("one code starts both")),
    ],
    ids=COMMANDS,
)


@both
@pytest.mark.usefixtures("begun_as_users_do")
async def test_processes_that_are_stopped_before_they_could_listen_end_with_exit_code_0(
    url: str, app: str, command: list[str]
) -> None:
    async with started([*command, "--processes", "3"], environment(url, APP=app)) as process:
        await process.event("process.started", process=3)
        process.signal(signal.SIGTERM)
        assert await process.ended(30) == 0


@both
@pytest.mark.usefixtures("begun_as_users_do")
async def test_a_command_of_several_processes_stops_as_soon_as_it_can_answer_a_signal(
    url: str, app: str, command: list[str]
) -> None:
    async with started([*command, "--processes", "2"], environment(url, APP=app)) as process:
        await until(lambda: catches(process, signal.SIGTERM))
        process.signal(signal.SIGTERM)
        assert await process.ended(20) == 0


async def test_who_signals_the_whole_group_twice_over_does_not_cut_handlers_off(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(url, "--processes", "2", "--consumer", "slow", APP=app) as workers:
            await door.accepted("orders/create", ORDER, app=app)
            await handled(record, "slow begins")
            for pid in (*await children(workers), workers.process.pid):
                os.kill(pid, signal.SIGTERM)
            await workers.event("worker.draining")
            record.touch(".go")
            assert await workers.ended(30) == 0
    assert 1 == len(record.lines("slow ends"))


async def _listening(process: Process) -> bool:
    return bool([event for event in process.logs if "processes" in event]) and await all_ready(
        process
    )


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="a pid namespace of one's own needs root"
)
@one_in_make_test
async def test_processes_run_where_the_command_is_process_1_of_a_container(
    url: str, app: str, command: list[str]
) -> None:
    inside = [
        shutil.which("unshare") or "unshare",
        "--fork",
        "--pid",
        "--mount-proc",
        "--kill-child",
        str(BIN / command[0]),
        *command[1:],
    ]
    async with started([*inside, "--processes", "2"], environment(url, APP=app)) as process:
        await until(lambda: _listening(process), what="all are ready in a container")
        (first,) = await children(process)
        os.kill(first, signal.SIGTERM)
        assert await process.ended(30) == 0
    assert not process.events("process.ended")


@pytest.mark.slow("test_authors has several processes of each command beside such folders")
@both
async def test_a_folder_of_the_user_named_like_one_of_ours_does_not_hide_it_from_the_processes(
    url: str, app: str, tmp_path: Path, command: list[str]
) -> None:
    for name in ("schemas", "runtime", "ingress", "workers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / "consumers.py").write_text(CONSUMER)
    process = Process(
        await spawn(*command, "--processes", "2", env=environment(url, APP=app), cwd=tmp_path)
    )
    try:
        await until(lambda: _listening(process), what="all are ready")
        process.signal(signal.SIGTERM)
        assert await process.ended(30) == 0
    finally:
        if process.process.returncode is None:
            process.signal(signal.SIGKILL)
    assert not process.events("process.ended")


CONSUMER = """
from workers import Delivery, consumer

@consumer("orders/create")
async def quiet(delivery: Delivery[bytes]) -> None:
    pass
"""


@one_in_make_test
async def test_settings_that_come_from_files_are_those_of_the_processes_too(
    url: str, app: str, tmp_path: Path, command: list[str]
) -> None:
    files = {"ADMIN_PORT": "0", "ADMIN_HOST": "127.0.0.1", "AMQP_URL": url}
    if command[0] == "hookline-ingress":
        files |= {"PORT": "0"}
    for name, value in files.items():
        (tmp_path / name).write_text(f"{value}\n")
    env = environment(url, APP=app, **dict.fromkeys(files))
    env |= {f"HOOKLINE_{name}_FILE": str(tmp_path / name) for name in files}
    async with started([*command, "--processes", "2"], env) as process:
        await until(lambda: _listening(process), what="all are ready")
        process.signal(signal.SIGTERM)
        assert await process.ended(30) == 0
    assert not process.events("process.ended")
