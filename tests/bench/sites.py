"""What takes webhooks in: our ingress and its peers, each a process with a port and, but for one, a
queue behind it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime.ports import free_ports
from schemas.names import unrouted_queue
from tests.bench import messages
from tests.bench.load import Load, post
from tests.bench.processes import Program, answers, is_ready, running
from tests.bench.queues import Broker
from tests.bench.samples import Sample
from tests.bench.stage import Stage

WARM = 2_000


@dataclass(slots=True)
class Site:
    """A server under load. `queue` is where what it took in must lie, each once."""

    name: str
    stage: Stage
    program: Program
    port: int
    requests: Path
    broker: Broker
    queue: str = ""
    expected: int = 200

    def post(self, count: int, *, rate: int = 0) -> Load:
        """Post without measuring the server."""
        return post(self.stage.folder, self.port, self.requests, count, rate=rate)

    def sample(self, count: int) -> Sample:
        """Post so many webhooks; what lies on the queue is counted, and then thrown away."""
        self._empty()
        before = self.program.cpu
        load = self.post(count)
        cost = self.program.cpu - before
        stored = self._empty() if self.queue else load.ok
        answered = load.ok if self.expected == 200 else load.refused
        lost = max(0, load.ok - stored) + (count - answered)
        return Sample(
            cost / count * 1e6, load.rate, count, lost, max(0, stored - load.ok), load.saturated
        )

    def _empty(self) -> int:
        return self.broker.purge(self.queue) if self.queue else 0

    def serving(self, requests: Path, *, expected: int = 200) -> "Site":
        """Return the same server under other requests."""
        return Site(
            self.name,
            self.stage,
            self.program,
            self.port,
            requests,
            self.broker,
            self.queue,
            expected,
        )


def requests(
    stage: Stage, *, size: int = messages.SIZE, topics: int = 1, signed: bool = True
) -> Path:
    """Write the requests of a row: one body, as many topics as wanted."""
    body = messages.order(size)
    names = [messages.TOPIC] if topics == 1 else [f"topic{n}/create" for n in range(topics)]
    every = [messages.request(body, name, signed=signed) for name in names]
    return messages.requests_file(stage.path("requests"), every)


@contextmanager
def hookline(
    stage: Stage, wanted: Path, app: str = "", options: Sequence[str] = (), **more: str
) -> Iterator[Site]:
    """Run our ingress as it is shipped: metrics and logs on; nobody consumes, so all is stored in
    unrouted. `more` are further settings.
    """
    app, (port, admin) = app or stage.app(), free_ports(2)
    ours = {
        "AMQP_URL": stage.node.url(), "APP": app, "SECRETS": messages.SECRET, "HOST": "127.0.0.1",
        "PORT": str(port), "ADMIN_PORT": str(admin), "DRAIN_DELAY": "0", **more,
    }  # fmt: skip
    env = {f"HOOKLINE_{name}": value for name, value in ours.items()}
    with (
        running(
            "hookline-ingress", ["hookline-ingress", "serve", *options], env, stage.folder
        ) as program,
        stage.broker() as broker,
    ):
        program.await_that(is_ready(admin), "ready")
        site = Site("hookline", stage, program, port, wanted, broker, unrouted_queue(app))
        site.post(WARM)
        yield site


@contextmanager
def bare(stage: Stage, wanted: Path) -> Iterator[Site]:
    """Run the bare aiohttp handler."""
    with _peer(stage, "bare", "bare_http.py", wanted) as site:
        yield site


@contextmanager
def naive(stage: Stage, wanted: Path) -> Iterator[Site]:
    """Run the handler that publishes by aio-pika, to an exchange whose queue takes everything."""
    with _storing(stage, "naive", "naive_http.py", wanted) as site:
        yield site


@contextmanager
def fastapi(stage: Stage, wanted: Path) -> Iterator[Site]:
    """Run the handler that FastAPI calls and that publishes by FastStream."""
    with _storing(stage, "fastapi", "fastapi_http.py", wanted) as site:
        yield site


@contextmanager
def _storing(stage: Stage, name: str, script: str, wanted: Path) -> Iterator[Site]:
    with stage.broker() as broker:
        broker.declare(name)
        broker.exchange(f"{name}.webhooks", name)
    with _peer(stage, name, script, wanted) as site:
        site.queue = name
        yield site


@contextmanager
def _peer(stage: Stage, name: str, script: str, wanted: Path) -> Iterator[Site]:
    (port,) = free_ports(1)
    env = {"PORT": str(port), "SECRET": messages.SECRET, "URL": stage.node.url()}
    with running(name, ["python", script], env, stage.folder) as program, stage.broker() as broker:
        program.await_that(answers(port), "listening")
        site = Site(name, stage, program, port, wanted, broker)
        site.post(WARM)
        yield site
