"""The load program: compiled here, run as a process of its own, its answers counted one by one."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bench.processes import NotMeasuredError

SOURCE = Path(__file__).with_name("load.c")
CONNECTIONS = 64
FULL = 0.9
"""Of a core: above it the load program itself is the limit."""
LIMIT = 900
"""Seconds for one run."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came back: answers 200, other answers, none; seconds; microseconds from due to answered,
    sorted.
    """

    ok: int
    refused: int
    broken: int
    seconds: float
    cpu: float
    latencies: list[int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return (self.ok + self.refused) / self.seconds

    @property
    def saturated(self) -> bool:
        """Whether the load program had no core to spare."""
        return self.cpu > FULL * self.seconds


@cache
def program(folder: Path) -> Path:
    """Compile the load program once and return it."""
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        raise NotMeasuredError("no C compiler, which the load program needs: install gcc")
    subprocess.run([compiler, "-O2", "-o", folder / "load", SOURCE], check=True)
    return folder / "load"


def post(
    folder: Path,
    port: int,
    requests: Path,
    count: int,
    *,
    rate: int = 0,
    connections: int = CONNECTIONS,
) -> Load:
    """Post requests to a port of the loopback: as fast as answers come, or each at its moment where
    there is a rate.
    """
    latencies = folder / "latencies"
    done = subprocess.run(
        [program(folder), str(port), requests, str(count), str(connections), str(rate)],
        env=os.environ | {"LATENCIES": str(latencies)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    if done.returncode:
        raise NotMeasuredError(f"load program: {done.stderr.strip()}")
    return Load(
        **json.loads(done.stdout), latencies=sorted(map(int, latencies.read_text().split()))
    )


def quantile(ordered: list[int] | list[float], share: float) -> float:
    """Return the value below which the share of an ordered list lies."""
    if not ordered:
        raise NotMeasuredError("nothing arrived to take a quantile of")
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
