"""The brokers of the fault scenarios: the session's node, and three joined."""

from collections.abc import Iterator

import pytest

from deploy.local.rabbitmq import Node
from tests.faults.cluster import Cluster


@pytest.fixture
def single(node: Node) -> list[Node]:
    """One node; it runs, whatever the test before has done to it."""
    return [node.start()]


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Three private nodes in a cluster."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.start().nodes
    finally:
        cluster.stop()
