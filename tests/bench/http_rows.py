"""The rows about taking webhooks in."""

from tests.bench import sites
from tests.bench.samples import Measured, compare
from tests.bench.sites import WARM
from tests.bench.stage import Stage


def against_bare(stage: Stage) -> Measured:
    """Our ingress, that stores, and a handler that only checks and answers."""
    wanted = sites.requests(stage)
    with sites.hookline(stage, wanted) as ours, sites.bare(stage, wanted) as bare:
        return compare(ours, bare, pairs=stage.pairs, count=stage.webhooks)


def against_naive(stage: Stage) -> Measured:
    """A handler that stores too, the way one would write it, and our ingress."""
    wanted = sites.requests(stage)
    with sites.hookline(stage, wanted) as ours, sites.naive(stage, wanted) as naive:
        return compare(naive, ours, pairs=stage.pairs, count=stage.webhooks)


def against_fastapi(stage: Stage) -> Measured:
    """The same with the frameworks that most would take, and our ingress."""
    wanted = sites.requests(stage)
    with sites.hookline(stage, wanted) as ours, sites.fastapi(stage, wanted) as framework:
        return compare(framework, ours, pairs=stage.pairs, count=stage.webhooks)


def journal(stage: Stage) -> Measured:
    """Our ingress that keeps a journal, and one that does not."""
    wanted = sites.requests(stage)
    with (
        sites.hookline(stage, wanted, JOURNAL="1d") as kept,
        sites.hookline(stage, wanted) as plain,
    ):
        kept.name, plain.name = "with a journal", "without"
        return compare(kept, plain, pairs=stage.pairs, count=stage.webhooks)


def refusal(stage: Stage) -> Measured:
    """The same forged requests, to both."""
    genuine, forged = sites.requests(stage), sites.requests(stage, signed=False)
    with sites.hookline(stage, genuine) as ours, sites.bare(stage, genuine) as bare:
        sides = (one.serving(forged, expected=401) for one in (ours, bare))
        return compare(*sides, pairs=stage.pairs, count=stage.webhooks)


def topics(stage: Stage) -> Measured:
    """The same webhooks on a thousand topics and on one: throughput, not CPU."""
    with sites.hookline(stage, sites.requests(stage)) as one:
        many = one.serving(sites.requests(stage, topics=1_000))
        one.name, many.name = "one topic", "1,000 topics"
        many.sample(WARM)
        return compare(
            many, one, pairs=stage.pairs, count=stage.webhooks, of=lambda sample: sample.rate
        )
