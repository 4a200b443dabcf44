"""What the renderers are shown in tests, and what they made of it: the files in `golden/`.

Where they are to make something else, look at it and write it down:

    python -m tests.workers.deployment.sample
"""

from collections.abc import Callable
from pathlib import Path

from workers import Delivery, consumer
from workers.deployment.compose import compose
from workers.deployment.crews import crew_together, crews_apart
from workers.deployment.keda import Sources
from workers.deployment.kubernetes import kubernetes
from workers.deployment.systemd import as_one_text, drop_ins

GOLDEN = Path(__file__).parent / "golden"
APP = "spiffy"
MODULES = ["shop.consumers"]
DRAIN = 25.0


@consumer("orders/create", "orders/paid", timeout=30, concurrency=16)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take two topics, so that it has two queues."""


@consumer("carts/*", timeout=90.5, concurrency=4)
async def abandoned_carts(delivery: Delivery[bytes]) -> None:
    """Have a name, a topic and a timeout that do not fit everywhere."""


CONSUMERS = (erp, abandoned_carts)
APART = crews_apart(APP, MODULES, CONSUMERS)
TOGETHER = crew_together(APP, MODULES, CONSUMERS, names=[], topics=[])
SOURCES = Sources("http://hookline-broker:15672/", "http://prometheus.monitoring:9090/")


def _kubernetes() -> str:
    return kubernetes(APP, APART, image="hookline", drain_timeout=DRAIN, sources=SOURCES)


def _kubernetes_together() -> str:
    return kubernetes(APP, [TOGETHER], image="hookline", drain_timeout=DRAIN, sources=SOURCES)


def _compose() -> str:
    return compose(APP, APART, image="${IMAGE:-hookline:dev}", drain_timeout=DRAIN)


def _systemd() -> str:
    program = "/opt/hookline/current/bin/hookline-workers"
    return as_one_text(drop_ins([*APART, TOGETHER], program=program, drain_timeout=DRAIN))


WRITTEN: dict[str, Callable[[], str]] = {
    "kubernetes.yaml": _kubernetes,
    "kubernetes-together.yaml": _kubernetes_together,
    "compose.yaml": _compose,
    "systemd.txt": _systemd,
}


if __name__ == "__main__":
    for name, write in WRITTEN.items():
        (GOLDEN / name).write_text(write())
