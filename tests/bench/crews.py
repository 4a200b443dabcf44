"""What works webhooks off: our worker and its peers, each a process on a queue of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pamqp.commands import Basic

from runtime.ports import free_ports
from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from tests.bench import messages
from tests.bench.processes import NotMeasuredError, Program, is_ready, running
from tests.bench.queues import Broker, UnexpectedAnswerError
from tests.bench.samples import Sample
from tests.bench.stage import Stage

WARM = 2_000
POLL, SETTLE = 0.02, 0.3
"""Seconds: between looks at what was handled, and for the last acks to go out."""
STALLED = 10
"""Seconds without a message handled: what is missing then is counted as lost."""


class Tally:
    """The file in which a worker counts, a byte a message."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        path.write_bytes(bytes(size))

    def counts(self, numbers: range) -> bytes:
        """Return how often each of the messages was handled."""
        with self.path.open("rb") as file:
            file.seek(numbers.start)
            return file.read(len(numbers))


@dataclass(slots=True)
class Crew:
    """A worker under measurement, and the message that fills its queues."""

    name: str
    program: Program
    broker: Broker
    queues: Sequence[str]
    message: tuple[Basic.Properties, bytes]
    tally: Tally
    used: int = 0

    def sample(self, count: int) -> Sample:
        """Fill its queue while it stands still, let it work all off, and take the difference of its
        CPU time.
        """
        numbers = self.lay(count)
        return self.work_off(numbers)

    def lay(self, count: int) -> range:
        """Have it stand still, put so many messages on its queues, and return their numbers."""
        numbers = range(self.used, self.used + count)
        self.used += count
        self.program.pause()
        each = -(-count // len(self.queues))
        for place, queue in enumerate(self.queues):
            self.broker.fill(queue, *self.message, numbers[place * each : (place + 1) * each])
        return numbers

    def work_off(self, numbers: range) -> Sample:
        """Let it work off what was laid, and take the difference of its CPU time."""
        count = len(numbers)
        before, began = self.program.cpu, time.monotonic()
        self.program.resume()
        counts, ended = self._await(numbers)
        time.sleep(SETTLE)
        cost, missing = self.program.cpu - before, counts.count(0)
        return Sample(
            cost / count * 1e6,
            count / (ended - began),
            count,
            missing,
            sum(counts) - (count - missing),
        )

    def _await(self, numbers: range) -> tuple[bytes, float]:
        left, progress = len(numbers), time.monotonic()
        while True:
            counts = self.tally.counts(numbers)
            if (missing := counts.count(0)) < left:
                left, progress = missing, time.monotonic()
            if not missing or time.monotonic() - progress > STALLED:
                return counts, progress
            time.sleep(POLL)


@contextmanager
def hookline(
    stage: Stage,
    consumer: str,
    total: int,
    app: str = "",
    options: Sequence[str] = (),
    module: str = "ours",
    *,
    partitions: int = 0,
    shop: str = messages.SHOP,
    **more: str,
) -> Iterator[Crew]:
    """Run our worker as it is shipped, with one consumer of `peers/ours.py`, or another's."""
    app, (admin,) = app or stage.app(), free_ports(1)
    whole = WorkQueue.of(app, consumer, TopicPattern.parse(messages.TOPIC))
    queues = [queue.name for queue in whole.split(partitions)]
    body = messages.order()
    tally = Tally(stage.path("tally"), total + WARM)
    with worker(
        stage,
        app,
        admin,
        [module, "--consumer", consumer, *options],
        TALLY=str(tally.path),
        **more,
    ) as program:
        program.await_that(is_ready(admin), "ready")
        with _warmed(
            stage,
            f"hookline {consumer}",
            program,
            queues,
            (messages.webhook(app, body, shop), body),
            tally,
        ) as crew:
            yield crew


@contextmanager
def worker(
    stage: Stage, app: str, admin: int, arguments: Sequence[str], **more: str
) -> Iterator[Program]:
    """Run `hookline-workers run`."""
    env = {
        "HOOKLINE_AMQP_URL": stage.node.url(),
        "HOOKLINE_APP": app,
        "HOOKLINE_ADMIN_PORT": str(admin),
    }
    with running(
        "hookline-workers", ["hookline-workers", "run", *arguments], env | more, stage.folder
    ) as program:
        yield program


@contextmanager
def _warmed(
    stage: Stage,
    name: str,
    program: Program,
    queues: Sequence[str],
    message: tuple[Basic.Properties, bytes],
    tally: Tally,
) -> Iterator[Crew]:
    with stage.broker() as broker:
        crew = Crew(name, program, broker, queues, message, tally)
        crew.sample(WARM)
        yield crew
        program.stop()
        time.sleep(SETTLE)  # the broker takes back what was not acked
        if left := sum(map(broker.count, queues)):
            raise NotMeasuredError(f"{name}: {left} messages were handled and never acked")


@dataclass(frozen=True, slots=True)
class Peer:
    """A worker of another make: its command, its queue, and what its own publisher would send."""

    name: str
    command: tuple[str, ...]
    message: Callable[[bytes], tuple[Basic.Properties, bytes]]
    note: str = ""
    declares: bool = True  # its queue, by itself

    @contextmanager
    def crew(self, stage: Stage, total: int, **more: str) -> Iterator[Crew]:
        """Run it."""
        tally, queue = Tally(stage.path("tally"), total + WARM), self.name.lower()
        if not self.declares:
            with stage.broker() as broker:
                broker.declare(queue)
        env = {"URL": stage.node.url(), "TALLY": str(tally.path), "dramatiq_queue_prefetch": "200"}
        with running(queue, self.command, env | more, stage.folder) as program:
            program.await_that(lambda: _exists(stage, queue), "declared its queue", pause=0.2)
            with _warmed(
                stage, self.name, program, [queue], self.message(messages.order()), tally
            ) as crew:
                yield crew


def _exists(stage: Stage, queue: str) -> bool:
    try:
        with stage.broker() as broker:
            broker.count(queue)
    except UnexpectedAnswerError:
        return False
    return True


AIO_PIKA = Peer("aio-pika", ("python", "aio_pika_worker.py"), messages.plain, declares=False)
TWO_STATEMENTS = Peer(
    "once-postgres", ("python", "once_postgres_worker.py"), messages.plain, declares=False
)
TWO_COMMANDS = Peer(
    "once-redis", ("python", "once_redis_worker.py"), messages.plain, declares=False
)
FASTSTREAM = Peer("FastStream", ("python", "faststream_worker.py"), messages.plain)
DRAMATIQ = Peer(
    "Dramatiq",
    ("dramatiq", "dramatiq_worker", "--processes", "1", "--threads", "8"),
    messages.dramatiq,
    "classic durable queue: its quorum queues need RabbitMQ 4.3; 8 threads, as it is shipped",
)
CELERY = Peer(
    "Celery",
    (
        "celery",
        "-A",
        "celery_worker",
        "worker",
        "--pool",
        "solo",
        "-l",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ),
    messages.celery,
    "its cheapest pool (solo): one task at a time, no second process",
)
TASKIQ = Peer(
    "taskiq",
    (
        "taskiq",
        "worker",
        "taskiq_worker:broker",
        "--workers",
        "1",
        "--max-async-tasks",
        "200",
        "--log-level",
        "WARNING",
    ),
    messages.taskiq,
)
