"""Which workers have not heard yet what the control log says."""

from itertools import groupby
from operator import attrgetter
from time import time

from runtime.amqp import pulses
from runtime.amqp.channels import KeptChannel
from schemas.fleet import is_living
from schemas.pulse import ProcessKind


async def who_has_not_heard(kept: KeptChannel, app: str, offset: int) -> list[str] | None:
    """Return the living workers that do not know the log's record at this offset, as they tell.

    None where there is no pulse that we may read: nobody can know.
    """
    now_ms = int(time() * 1000)
    found = await pulses.read(await kept.get(), app, now_ms)
    if found is None:
        return None

    in_order = sorted(found.beats, key=attrgetter("process", "at"))
    deaf = []
    for process, beats in groupby(in_order, attrgetter("process")):
        *_, newest = beats
        is_worker = newest.role is ProcessKind.WORKER and is_living(newest, now_ms)
        if is_worker and newest.heard <= offset:
            deaf.append(process)
    return deaf
