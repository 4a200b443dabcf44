"""The brokers of the fault scenarios: one node, and three joined; each for the session."""

from collections.abc import Iterator

import pytest

from deploy.local.rabbitmq import Node
from tests.faults.cluster import Cluster


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """One private node."""
    node = Node(tmp_path_factory.mktemp("rabbitmq"))
    try:
        yield [node.start()]
    finally:
        node.stop()


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Three private nodes in a cluster."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.start().nodes
    finally:
        cluster.stop()
