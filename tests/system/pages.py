"""What the admin ports of our commands show."""

import re

import aiohttp

from tests.system.process import Process


async def page(process: Process, path: str) -> tuple[int, str]:
    """Return a page of a command's admin port: its status, and what it says."""
    started = next(event for event in process.logs if str(event.get("event")).endswith(".started"))
    url = f"http://127.0.0.1:{started['admin_port']}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def counted(process: Process, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples with these labels."""
    total = 0.0
    _, text = await page(process, "/metrics")
    for line in text.splitlines():
        if not line.startswith(f"{name}{{"):
            continue
        found = dict(re.findall(r'(\w+)="([^"]*)"', line))
        if labels.items() <= found.items():
            total += float(line.rpartition(" ")[2])
    return total


async def parents_page(process: Process, name: str) -> tuple[int, str]:
    """Return a page of the parent's admin port."""
    started = next(event for event in process.logs if "processes" in event)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{started['admin_port']}/{name}") as answer:
            return answer.status, await answer.text()


async def all_ready(process: Process) -> bool:
    """Tell whether the command says that it is ready."""
    status, _ = await parents_page(process, "readyz")
    return status == 200
