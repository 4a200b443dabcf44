"""What the plots show: one thing varied, all else kept. Each sweep returns plain data for the
results' JSON.
"""

from collections.abc import Callable, Iterator
from typing import Any

from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from tests.bench import broker_share, crews, flood, messages, sites, waiting
from tests.bench.latency_rows import moments
from tests.bench.load import quantile
from tests.bench.processes import is_ready
from tests.bench.samples import Side
from tests.bench.stage import Stage

Points = list[dict[str, float]]
RATES = (125, 250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 12000)
STEADY = 5
"""Seconds at each rate."""
KEPT_UP = 0.95
"""Of the rate: a server that answers fewer is saturated, and the sweep ends."""
SIZES = (200, 1_500, 10_000, 100_000, 1_000_000)
VOLUME = 100_000_000
"""Bytes posted at most for one size."""
TOPICS = (1, 10, 100, 1000)
BOTH = {"hookline": sites.hookline, "naive": sites.naive}
RUNGS, RETRIES = (1, 2, 5, 10), 200


def rates(stage: Stage) -> dict[str, Points]:
    """Latency of the answer against the rate, up to where the server does not keep up."""
    wanted = sites.requests(stage)
    found: dict[str, Points] = {}
    for name, site in BOTH.items():
        with site(stage, wanted) as one:
            found[name] = list(_up_to_saturation(one))
    return found


def _up_to_saturation(site: sites.Site) -> Iterator[dict[str, float]]:
    for rate in RATES:
        load = site.post(rate * STEADY, rate=rate)
        site.broker.purge(site.queue)
        shares = {
            f"p{share:g}": quantile(load.latencies, share / 100) / 1000
            for share in (50, 90, 99, 99.9)
        }
        yield {"rate": rate, "answered": load.rate, "failed": load.refused + load.broken} | shares
        if load.ok < rate * STEADY or load.rate < KEPT_UP * rate:
            return


def sizes(stage: Stage) -> dict[str, Points]:
    """Throughput against the size of the body."""
    found: dict[str, Points] = {}
    for name, site in BOTH.items():
        with site(stage, sites.requests(stage)) as one:
            found[name] = [
                _point(
                    one.serving(sites.requests(stage, size=size)),
                    min(stage.webhooks, VOLUME // size),
                    size=size,
                )
                for size in SIZES
            ]
    return found


def topics(stage: Stage) -> dict[str, Points]:
    """Throughput against the number of topics."""
    with sites.hookline(stage, sites.requests(stage)) as one:
        many = [(count, one.serving(sites.requests(stage, topics=count))) for count in TOPICS]
        return {"hookline": [_point(site, stage.webhooks, topics=count) for count, site in many]}


def retries(stage: Stage) -> dict[str, list[float]]:
    """Milliseconds by which a retry comes later than asked, by rung; fewer than none would be too
    soon.
    """
    app, (admin,), record, found = stage.app(), free_ports(1), stage.path("moments"), {}
    body = messages.order()
    with (
        crews.worker(stage, app, admin, ["ours_retried"], MOMENTS=str(record)) as program,
        stage.broker() as broker,
    ):
        program.await_that(is_ready(admin), "ready")
        for rung in RUNGS:
            queue = WorkQueue.of(app, f"rung{rung}", TopicPattern.parse(messages.TOPIC)).name
            broker.fill(queue, messages.webhook(app, body), body, range(RETRIES))
        moments(record, RETRIES * len(RUNGS), max(RUNGS) + 30)
    lines = [line.split() for line in record.read_text().splitlines()]
    for rung in RUNGS:
        found[str(rung)] = sorted(int(late) / 1e6 for late, name in lines if name == str(rung))
    return found


def processes(stage: Stage) -> dict[str, Points]:
    """Throughput against the number of processes, of the ingress and of the worker."""
    found: dict[str, Points] = {"ingress": [], "worker": []}
    for count in (1, 2):
        options = ["--processes", str(count)]
        with sites.hookline(stage, sites.requests(stage), options=options) as site:
            found["ingress"].append(_point(site, stage.webhooks, processes=count))
        with crews.hookline(stage, "raw", stage.webhooks, options=options) as crew:
            found["worker"].append(_point(crew, stage.webhooks, processes=count))
    return found


def _point(side: Side, count: int, **at: float) -> dict[str, float]:
    sample = side.sample(count)
    return at | {
        "rate": sample.rate,
        "cost": sample.cost,
        "lost": sample.lost,
        "twice": sample.duplicated,
        "load_full": sample.saturated,
    }


SWEEPS: dict[str, Callable[[Stage], Any]] = {
    "rates": rates, "sizes": sizes, "topics": topics,
    "waiting": waiting.sweep, "retries": retries, "processes": processes,
    "broker": broker_share.sweep, "flood": flood.flood,
}  # fmt: skip
