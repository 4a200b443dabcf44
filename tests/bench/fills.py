"""Which part of an installation is full at which rate, how that is seen, and what to do then."""

from collections.abc import Callable
from dataclasses import dataclass

from ingress.settings import Settings
from tests.bench.parameters import (
    BROKERS,
    LONG_QUEUE,
    MICROSECOND,
    QUEUE,
    SLOW_CONFIRM,
    Costs,
    Wanted,
)

IN_FLIGHT = int(Settings.model_fields["max_in_flight"].default)
Rate = Callable[[Costs, Wanted], float]


@dataclass(frozen=True, slots=True)
class Fill:
    """One part, alone: a process, a queue, a broker."""

    what: str
    rate: Rate
    """Webhooks a second, of all topics together, at which there is nothing left of it."""
    seen: str
    do: str


FILLS = (
    Fill(
        "a worker process's handlers of the busiest topic, of one consumer",
        lambda costs, wanted: wanted.concurrency / wanted.handler / wanted.largest,
        "`hookline_handlers_running` is at the concurrency; `hookline_queue_ready` and "
        "`hookline_lag_seconds` grow; `HooklineQueueGrows`, `HooklineWaitsTooLong`; "
        "`hookline-workers status`",
        "nothing is refused and nothing lost: wait, or start more workers; "
        "`hookline-workers set CONSUMER concurrency=N` where what the handler calls bears it",
    ),
    Fill(
        "a broker of three nodes with four cores",
        lambda costs, wanted: BROKERS[1].rate / wanted.consumers,
        "`hookline_confirm_seconds` grows; `HooklineConfirmsSlow`, then `HooklineNearlyFull`",
        "more cores up to eight a node, then five nodes and seven, then a second broker; fewer "
        "consumers of the busy topics",
    ),
    Fill(
        "one ingress process's core",
        lambda costs, wanted: 1 / (costs.ingress * MICROSECOND),
        "its processor time is one core (`top`, `kubectl top`); the balancer's times grow, and no "
        "metric of ours before `hookline_in_flight`",
        "one more process: `hookline-ingress serve --processes N`, or another machine",
    ),
    Fill(
        f"the places of one ingress process, where confirms take {SLOW_CONFIRM * 1000:.0f} ms",
        lambda costs, wanted: IN_FLIGHT / SLOW_CONFIRM,
        "`hookline_in_flight` is at its limit; `HooklineNearlyFull`, then "
        "`HooklineTurnsWebhooksAway` with the code `overloaded`",
        "find out why confirms are slow (disks, the broker's processors): more places only make "
        "the queue before the broker longer",
    ),
    Fill(
        "the busiest queue, RabbitMQ before 3.12, with very many waiting",
        lambda costs, wanted: LONG_QUEUE / wanted.largest,
        "`hookline_confirm_seconds` grows while the nodes have processor time left, and "
        "`hookline_queue_ready` of one queue is in the millions",
        "RabbitMQ 3.12 or later; partitions; workers enough that it does not become long",
    ),
    Fill(
        "one worker process's core, of one consumer",
        lambda costs, wanted: 1 / (costs.worker * MICROSECOND),
        "its processor time is one core, and `hookline_handlers_running` is below the concurrency",
        "one more process: `hookline-workers run --processes N`, or another machine",
    ),
    Fill(
        "a rung of the ladder, where every attempt of every consumer fails",
        lambda costs, wanted: QUEUE / wanted.consumers,
        "`hookline_waiting`, `HooklineRetriesMany`; where retries do not come back "
        "`HooklineRetriesStuck`",
        "nothing: the breaker leaves such a queue alone after 20 attempts (`HooklineBreakerOpen`)",
    ),
    Fill(
        "the busiest queue, RabbitMQ 3.12 and later",
        lambda costs, wanted: QUEUE / wanted.largest,
        "`hookline_confirm_seconds` grows while the nodes have processor time left",
        "partitions of that consumer: as many queues, with as many leaders",
    ),
)
