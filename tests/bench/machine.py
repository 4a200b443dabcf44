"""What the numbers were measured on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from deploy.local.rabbitmq import Node

PACKAGES = (
    "aiohttp", "aio-pika", "aiormq", "uvloop", "orjson", "pydantic",
    "fastapi", "uvicorn", "faststream", "dramatiq", "celery", "taskiq", "taskiq-aio-pika",
)  # fmt: skip
ROOT = Path(__file__).parents[2]


def described(node: Node) -> dict[str, str]:
    """Return machine and versions, by name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(), "cores": str(os.cpu_count()), "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}", "python": platform.python_version(),
        "rabbitmq": node.ctl("version").strip(), "hookline": _commit(),
    } | {name: version(name) for name in PACKAGES}  # fmt: skip


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _commit() -> str:
    said = _git("rev-parse", "--short", "HEAD")
    changed = _git(
        "status", "--porcelain", "--", ".", ":!tests/bench/results"
    )  # a run changes its own results
    return f"{said}{'-dirty' if changed else ''}" or version("hookline")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
