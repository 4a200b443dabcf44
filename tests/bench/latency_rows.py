"""The row about time: from a webhook's sending to the start of its handler, and what the broker
alone takes of it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median

from runtime.ports import free_ports
from tests.bench import crews, messages, sites
from tests.bench.load import quantile
from tests.bench.processes import NotMeasuredError, is_ready, running
from tests.bench.samples import Measured
from tests.bench.stage import Stage

RATE, SECONDS = 500, 10
SENT = f"X-Spiffy-Sent-Ns: {messages.MOMENT}\r\n"
SHARES = {"p50": 0.5, "p99": 0.99}


def moments(path: Path, count: int, seconds: float = 30) -> list[float]:
    """Return the milliseconds that were noted, in order, once there are so many; raises
    NotMeasuredError.
    """
    deadline = time.monotonic() + seconds
    while len(lines := path.read_text().splitlines() if path.exists() else []) < count:
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"{len(lines)} of {count} arrived within {seconds} s")
        time.sleep(0.1)
    return sorted(int(line.split()[0]) / 1e6 for line in lines)


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds, in order, of one round of each side."""

    through: list[float]
    confirm: list[float]
    delivery: list[float]
    duplicated: int = 0


def accept_to_handler(share: str, stage: Stage) -> Measured:
    """Compare the way through Hookline with a confirm and a delivery of the bare client."""
    rounds, at = _rounds(stage), SHARES[share]
    series = {
        f"{name}, ms": [quantile(getattr(one, name), at) for one in rounds]
        for name in ("through", "confirm", "delivery")
    }
    through, confirm, delivery = series.values()
    measured = Measured(
        [a / (b + c) for a, b, c in zip(through, confirm, delivery, strict=True)], series=series
    )
    told = [f"{name} {median(values):.1f} ms" for name, values in series.items()]
    measured.sides = f"{told[0]} / aio-pika's {told[1]} + {told[2]}".replace(", ms", "")
    measured.lost, measured.duplicated = (
        0,
        sum(one.duplicated for one in rounds),
    )  # a loss ends the measuring
    measured.notes.append(
        f"at {RATE}/s; ours counts from the sending of the request: HTTP and signature are in it"
    )
    return measured


@lru_cache(maxsize=1)
def _rounds(stage: Stage) -> list[Round]:
    """Measure both sides in turn, once for all rows."""
    wanted, app = messages.requests_file(stage.path("requests"), [_request()]), stage.app()
    with _consumed(stage, app) as record, sites.hookline(stage, wanted, app) as site:
        site.queue = ""  # what it stores is consumed
        moments(record, sites.WARM)  # the backlog of warming up is gone
        return [_round(site, record, stage) for _ in range(stage.pairs)]


def _request() -> bytes:
    return messages.request(messages.order(), more=SENT)


def _round(site: sites.Site, record: Path, stage: Stage) -> Round:
    through = _through(site, record)
    return Round(through, *_bare(stage), duplicated=len(through) - RATE * SECONDS)


def _through(site: sites.Site, record: Path) -> list[float]:
    before = len(record.read_text().splitlines())
    load = site.post(RATE * SECONDS, rate=RATE)
    if load.ok != RATE * SECONDS:
        raise NotMeasuredError(f"{load.refused} refused, {load.broken} broken at {RATE}/s")
    moments(record, before + load.ok)
    return sorted(int(line.split()[0]) / 1e6 for line in record.read_text().splitlines()[before:])


@contextmanager
def _consumed(stage: Stage, app: str) -> Iterator[Path]:
    record, (admin,) = stage.path("moments"), free_ports(1)
    with crews.worker(stage, app, admin, ["ours_timed"], MOMENTS=str(record)) as program:
        program.await_that(is_ready(admin), "ready")
        yield record


def _bare(stage: Stage) -> tuple[list[float], list[float]]:
    records = [stage.path("moments") for _ in range(2)]
    with stage.broker() as broker:
        broker.declare("pair")
    env = {
        "URL": stage.node.url(),
        "RATE": str(RATE),
        "COUNT": str(RATE * SECONDS),
        "SIZE": str(messages.SIZE),
    }
    pair = "aio_pika_pair.py"
    with running(
        "pair-consume",
        ["python", pair, "consume"],
        env | {"MOMENTS": str(records[1])},
        stage.folder,
    ):
        with running(
            "pair-publish",
            ["python", pair, "publish"],
            env | {"MOMENTS": str(records[0])},
            stage.folder,
        ):
            confirms, deliveries = (
                moments(record, RATE * SECONDS, SECONDS + 30) for record in records
            )
    return confirms, deliveries
