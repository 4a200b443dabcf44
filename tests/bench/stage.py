"""What every row stands on: a private broker, a folder, and how much of everything is wanted."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from deploy.local.rabbitmq import Node
from tests.bench.queues import Broker

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the rows play."""

    node: Node
    folder: Path
    pairs: int = 3
    webhooks: int = 20_000  # a round of a side
    waiting: int = 1_000_000  # for the rows that speak of a million

    def broker(self) -> Broker:
        """Open a connection of the bench's own."""
        return Broker(self.node.port)

    def app(self) -> str:
        """Return an app's name that no other row has used."""
        return f"bench{next(_NUMBERS)}"

    def path(self, name: str) -> Path:
        """Return the path of a file that no other row has used."""
        return self.folder / f"{next(_NUMBERS)}-{name}"


@contextmanager
def private_broker() -> Iterator[tuple[Node, Path]]:
    """Run a RabbitMQ of our own in a temporary folder; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="hookline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        node = Node(folder / "rabbitmq", f"bench{os.getpid()}")
        try:
            yield node.start(), folder
        finally:
            node.stop()
