"""The sweep over how many messages wait: does a long queue slow down who adds to it, or who takes
from it?
"""

import time

from runtime.ports import free_ports
from schemas.names import WorkQueue, unrouted_queue
from schemas.topic import TopicPattern
from tests.bench import crews, messages, sites
from tests.bench.processes import WAIT, NotMeasuredError
from tests.bench.stage import Stage

SHARES = (0.0, 0.001, 0.01, 0.1, 1.0)
"""Of the stage's million."""


def sweep(stage: Stage) -> dict[str, list[dict[str, float]]]:
    """Return throughput and CPU of ingress and worker for each number of waiting messages."""
    counts = [int(share * stage.waiting) for share in SHARES]
    least = stage.webhooks + crews.WARM  # a worker needs something to take
    held = sorted({max(count, least) for count in counts})
    return {
        "ingress": [_added(stage, count) for count in counts],
        "worker": [_taken(stage, count) for count in held],
    }


def _added(stage: Stage, count: int) -> dict[str, float]:
    """Post webhooks to a queue on which some wait already."""
    app, body = stage.app(), messages.order()
    with sites.hookline(stage, sites.requests(stage), app) as site:
        queue, site.queue = site.queue, ""  # what waits must stay
        site.broker.purge(queue)
        site.broker.fill(queue, messages.webhook(app, body), body, range(count))
        sample = site.sample(stage.webhooks)
        stored = site.broker.purge(unrouted_queue(app)) - count
    return {
        "waiting": count,
        "rate": sample.rate,
        "cost": sample.cost,
        "lost": sample.lost + stage.webhooks - stored,
    }


def _taken(stage: Stage, count: int) -> dict[str, float]:
    """Let a worker take some webhooks from a queue on which so many wait."""
    app, (admin,), body = stage.app(), free_ports(1), messages.order()
    with crews.hookline(stage, "raw", 0, app):
        pass  # it has declared its queue
    numbers = range(count)
    tally = crews.Tally(stage.path("tally"), len(numbers))
    queue = WorkQueue.of(app, "raw", TopicPattern.parse(messages.TOPIC)).name
    with stage.broker() as broker:
        broker.fill(queue, messages.webhook(app, body), body, numbers)
        with crews.worker(
            stage, app, admin, ["ours", "--consumer", "raw"], TALLY=str(tally.path)
        ) as program:
            begun, cpu, at = _once(tally, numbers, crews.WARM), program.cpu, time.monotonic()
            done = _once(tally, numbers, begun + stage.webhooks - crews.WARM) - begun
            cost, seconds = program.cpu - cpu, time.monotonic() - at
        broker.purge(queue)
    return {"waiting": count, "rate": done / seconds, "cost": cost / done * 1e6}


def _once(tally: crews.Tally, numbers: range, wanted: int) -> int:
    """Return how many were handled, once they are as many as wanted."""
    deadline = time.monotonic() + WAIT
    while (count := len(numbers) - tally.counts(numbers).count(0)) < wanted:
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"the worker handled {count} of {wanted} within {WAIT} s")
        time.sleep(crews.POLL)
    return count
