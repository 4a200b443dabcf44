"""What is sent to a page that somebody looks at: what has changed in it, and nothing else."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from schemas.control import ControlState
from schemas.fleet import fleet
from schemas.pulse import Beat, ProcessKind
from tests.workers.console.conftest import Visitor
from tests.workers.test_status_text import TABLE
from workers.console import live, pages_shown
from workers.operate.status import Seen

NOW = 1_764_000_000.0


async def next_parts(line: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """Return the parts that are sent next; none where it is a sign of life."""
    first = await line.content.readline()
    if first == b": still here\n":
        await line.content.readline()
        return {}
    data = await line.content.readline()
    await line.content.readline()
    told: Mapping[str, Any] = json.loads(data.removeprefix(b"data: "))
    return told


def seen(version: str) -> Seen:
    """Return a status that was read anew, of a worker that was begun an hour before."""
    now_ms = int(NOW * 1000)
    beat = Beat(now_ms, "one", ProcessKind.WORKER, "vm", version, now_ms - 3_600_000)
    return Seen(TABLE, ControlState(), fleet([beat], now_ms))


async def test_nothing_is_sent_again_because_it_is_longer_ago(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "NO_OFTENER", 0.0)
    monkeypatch.setattr(pages_shown, "time", lambda: NOW)
    watch = visitor.served.watch
    watch.seen = seen("0.1.0")
    await visitor.log_in("jane")
    async with visitor.get("/live?page=processes") as line:
        sent = await next_parts(line)
        assert ">60 min ago</time>" in sent["processes"]

        monkeypatch.setattr(pages_shown, "time", lambda: NOW + 7_200)
        watch.seen = seen("0.1.0")
        visitor.tell()
        assert {} == await next_parts(line)

        watch.seen = seen("0.2.0")
        visitor.tell()
        sent = await next_parts(line)
        assert {"processes"} == set(sent)
        assert ">3 h ago</time>" in sent["processes"]
