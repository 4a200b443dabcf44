"""Three nodes on this machine, joined; and who leads a queue."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.rabbitmq import Node

NAMES = ("n1", "n2", "n3")
CONFIG = """cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = n1@localhost
cluster_formation.classic_config.nodes.2 = n2@localhost
cluster_formation.classic_config.nodes.3 = n3@localhost
cluster_partition_handling = pause_minority
"""


class Cluster:
    """Three nodes, of which any two are a majority; each with lines of configuration of its own."""

    def __init__(
        self, folder: Path, configs: Sequence[str] = (CONFIG,) * 3, plugins: Sequence[str] = ()
    ) -> None:
        first = Node(folder / "n1", "n1", "one-for-all", config=configs[0], plugins=plugins)
        self.nodes = [
            first,
            *(
                Node(folder / name, name, "one-for-all", first.epmd, config=config, plugins=plugins)
                for name, config in zip(NAMES[1:], configs[1:], strict=True)
            ),
        ]

    def start(self) -> "Cluster":
        """Start what does not run, all at once: a node that starts alone would be a cluster of its
        own.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(Node.start, self.nodes))
        return self

    def stop(self) -> None:
        """Stop all, the first last: it owns epmd."""
        for node in reversed(self.nodes):
            node.stop()


def leader(nodes: list[Node], queue: str) -> Node:
    """Return the node that leads a queue."""
    lines = nodes[0].ctl("list_queues", "name", "leader", "--no-table-headers").splitlines()
    name = next(line.split("\t")[1] for line in lines if line.startswith(f"{queue}\t"))
    return next(node for node in nodes if node.name == name)
