"""The two flash sales that are simulated: a large one, and one that this machine can also run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from ingress.settings import Settings
from tests.bench.capacity import needs
from tests.bench.parameters import DAY, MICROSECOND, Costs, Wanted
from tests.bench.plan import Loss, Plan, measured_lengths

FILE = "flash_sale.json"
"""Of the bench's results: what came of the large one."""
A_DAY = 10_000_000
"""Webhooks of the large one."""
SLOW = 2.5
"""Times longer that its handlers take while it lasts: whom they call has a rush too."""
SPREAD = 0.5
RESEND = 60
"""Seconds after which the platform sends again. None that we know says how long it waits."""
STALL = 0.9
"""Seconds without a leader after a node was killed: measured on three nodes of 3.10.8."""
LEFT = 0.8
"""Of the broker's rate without that node, until it is back. RabbitMQ saw little or no effect; see
the page.
"""
REPAIR = 600
"""Seconds until the node is back."""
SMALL_CONCURRENCY = 32
"""Of the small one's worker, as `peers/ours_slow.py` has it."""


def large(kept: Mapping[str, Any]) -> Plan:
    """Return a sale at the peak that `deploy/CAPACITY.md` sizes 10 million webhooks a day for, seen
    by one of the consumers.
    """
    costs, wanted = Costs.measured(kept), Wanted()
    needed = needs(A_DAY / DAY, costs, wanted)
    rush, calm = wanted.rush * 60, 120.0
    return Plan(
        mean=needed.mean,
        peak=needed.peak,
        calm=calm,
        rush=rush,
        ingresses=needed.ingresses,
        ingress_cost=costs.ingress * MICROSECOND,
        store_rate=needed.clusters * needed.cluster.rate / wanted.consumers,
        workers=round(needed.workers_caught_up / wanted.consumers),
        concurrency=round(wanted.concurrency),
        worker_cost=costs.worker * MICROSECOND,
        handler=wanted.handler,
        spread=SPREAD,
        slow=SLOW,
        resend=RESEND,
        loss=Loss(calm + rush / 2, STALL, calm + rush / 2 + REPAIR, LEFT),
        long=measured_lengths(kept),
        every=10,
        **_of_the_broker(kept),
    )


def variants(kept: Mapping[str, Any]) -> dict[str, Plan]:
    """Return the large one as it is told of and drawn, first, and what it would be otherwise."""
    told = large(kept)
    return {
        "as sized, handlers slow, a node lost": told,
        "no node lost": replace(told, loss=Loss()),
        "handlers as fast as ever": replace(told, slow=1.0),
        "a broker that a long queue does not slow (RabbitMQ 3.12)": replace(told, long=((0, 1.0),)),
        "that, and twice the workers": replace(told, long=((0, 1.0),), workers=2 * told.workers),
    }


def small(kept: Mapping[str, Any]) -> Plan:
    """Return a burst that one ingress and one worker bear within a minute; the broker is not lost,
    but stands still.
    """
    costs = Costs.measured(kept)
    return Plan(
        mean=0,
        peak=700,
        calm=0,
        rush=10,
        ingresses=1,
        ingress_cost=costs.ingress * MICROSECOND,
        store_rate=_median(kept, "ingress", "hookline, /s"),
        workers=1,
        concurrency=SMALL_CONCURRENCY,
        worker_cost=_median(kept, "worker", "hookline raw, µs") * MICROSECOND,
        handler=0.15,
        loss=Loss(at=4, stall=2.5),
        even=True,
        **_of_the_broker(kept),
    )


def _of_the_broker(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what both have: how long confirm and delivery take, and what an ingress bears."""
    settings = Settings.model_fields
    return {
        "confirm": _median(kept, "p50", "confirm, ms") / 1_000,
        "turn": _median(kept, "p50", "delivery, ms") / 1_000,
        "confirm_timeout": float(settings["confirm_timeout"].default),
        "places": int(settings["max_in_flight"].default),
    }


def _median(kept: Mapping[str, Any], row: str, side: str) -> float:
    values: Sequence[float] = kept["rows"][row]["series"][side]
    return median(values)
