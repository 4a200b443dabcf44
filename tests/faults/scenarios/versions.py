"""What dies is nothing: another version of ours comes, beside the one that is there."""

import signal
from pathlib import Path

from tests.faults.earlier import FIRST_OF_TOPOLOGY_2
from tests.faults.kept import Kept, is_ready
from tests.faults.scenario import scenario
from tests.faults.stage import Stage
from tests.system.process import Process
from tests.system.processes import BIN
from tests.system.waiting import until


def _both_are_read(stage: Stage) -> None:
    assert {"rejected"} == set(stage.ledger.dead.values())


@scenario(
    "rolling upgrade and back with both versions alive",
    mix=("done", "slow", "again", "xml", "done", "reject"),
    workers=2,
    begins_as=FIRST_OF_TOPOLOGY_2,
    finds=_both_are_read,
)
async def roll(stage: Stage) -> None:
    """Update one process after the other, workers first; take all of it back; and update again.

    Between two of them, old and new consume one queue, and read what the other has published.
    """
    earlier = stage.commands
    async with stage.fault():
        for commands in (BIN, earlier, BIN):
            stage.commands = commands
            for kept in [*stage.crew, stage.door]:
                await _restart(kept, commands)
                await stage.handled(int(stage.seconds(100, 10)))


async def _restart(kept: Kept, commands: Path) -> None:
    """Stop a process in order, and wait until the next one is ready, and of this version."""
    before = kept.starts
    kept.signal(signal.SIGTERM)

    async def next_one() -> Process | None:
        if kept.starts == before or kept.process is None:
            return None
        return kept.process

    process = await until(next_one, 60, "the next process")
    assert process is not None
    await until(lambda: is_ready(process), 60, "ready")
    line = Path(f"/proc/{process.process.pid}/cmdline").read_text()
    assert str(commands) in line, line
