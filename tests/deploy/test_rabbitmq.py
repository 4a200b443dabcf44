"""A private node of `deploy.local`, as the tests have it."""

import os

import pytest

from deploy.local.rabbitmq import Node


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux alone says who runs where")
def test_a_node_keeps_to_its_core_and_who_starts_it_runs_where_he_did(node: Node) -> None:
    node.ctl("eval", "ok.")
    assert os.sched_getaffinity(os.getppid()) == os.sched_getaffinity(0)

    assert node.pid is not None
    assert 1 == len(os.sched_getaffinity(node.pid))
