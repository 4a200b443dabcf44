"""A private RabbitMQ with a plugin that listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports

MANAGEMENT = ("rabbitmq_management", "management.tcp")
METRICS = ("rabbitmq_prometheus", "prometheus.tcp")
"""Plugins, each with the name of its listener in `rabbitmq.conf`."""


@contextmanager
def broker_with(plugin: tuple[str, str], folder: Path) -> Iterator[tuple[Node, int]]:
    """Run one in a folder; yield it and the plugin's port on the loopback."""
    name, listener = plugin
    (port,) = free_ports(1)
    config = f"{listener}.port = {port}\n{listener}.ip = 127.0.0.1\n"
    node = Node(folder, config=config, plugins=[name])
    try:
        yield node.start(), port
    finally:
        node.stop()
