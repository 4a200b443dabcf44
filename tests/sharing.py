"""How tests are shared out to the processes of a run: in which order, and which stay together."""

import pytest
from _pytest.nodeid import NodeId
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

ON_THEIR_OWN = ("tests/faults/", "tests/system/")
"""Folders whose tests wait most: they are given out one by one."""
START_BROKERS_AGAIN = (
    "tests/system/test_survival.py",
    "tests/system/test_door_and_broker.py",
    "tests/system/test_ends.py",
)
"""Modules that start the session's broker again, which takes long once it has many queues."""
FIRST_OF_ALL = (*START_BROKERS_AGAIN, *ON_THEIR_OWN)
"""Where the tests lie that begin first."""


class Sharing(LoadGroupScheduling):  # type: ignore[misc] # pytest-xdist ships no types
    """Keeps a group together, and outside those folders the tests of a module.

    So what a module makes once is made once, and not in each process of the run; and a thousand
    tests are handed over together that take a millisecond each.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # in our order, not by how many stay together
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of what stays together with a test."""
        group: str = super()._split_scope(nodeid)
        if group != nodeid or nodeid.startswith(ON_THEIR_OWN):
            return group
        return nodeid.partition("::")[0]


def place(item: pytest.Item) -> int:
    """Return where in the order the test's folder comes."""
    for number, folder in enumerate(FIRST_OF_ALL):
        if item.nodeid.startswith(folder):
            return number
    return len(FIRST_OF_ALL)


def tell_group(item: pytest.Item) -> None:
    """Name its group behind the test's id, by which pytest-xdist keeps a group in one process.

    Version 3.8 means to do so itself, and pytest 9.2 takes no notice of how.
    """
    group = item.get_closest_marker("xdist_group")
    if group is not None and item.config.getoption("loadgroup", default=False):
        item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")
