"""Roles and their permissions: what an app's users may do, and what the document says they may."""

import re
from pathlib import Path

import pytest

from schemas.broker_objects import Topology
from schemas.copies import Copies, Journal
from schemas.ladder import LADDER
from schemas.names import WorkQueue, control_stream, retry_exchange
from schemas.pulse_topology import pulse_stream, whole_topology
from schemas.roles import NOTHING, Permissions, Role, permissions, tags, user_name
from schemas.topic import TopicPattern

SECURITY = (Path(__file__).parents[2] / "deploy/SECURITY.md").read_text()
SHOWN = re.findall(
    r"^rabbitmqctl set_permissions -p / (\S+) +'(.*)' +'(.*)' +'(.*)'$", SECURITY, re.MULTILINE
)
WORK = WorkQueue.of("one", "erp", TopicPattern.parse("orders/*"))
WHOLE = whole_topology("one", [WORK], copies=Copies(Journal(60, 10_000_000)))


def names(whole: Topology) -> set[str]:
    """Return what its exchanges and queues are called."""
    return {one.name for one in whole.exchanges} | {one.name for one in whole.queues}


NAMES = names(WHOLE)


def allowed(pattern: str) -> set[str]:
    """Return the names of the topology that a permission is for."""
    return {name for name in NAMES if re.search(pattern, name)}


def test_the_document_shows_every_role_with_the_permissions_that_it_gets() -> None:
    shown = {name: Permissions(*patterns) for name, *patterns in SHOWN}
    assert {user_name("spiffy", role): permissions("spiffy", role) for role in Role} == shown


PULSE = pulse_stream("one")
LADDERS = {retry_exchange("one", rung) for rung in LADDER}
RUNGS = {retry_exchange("one", rung) for rung in (1, 5, 86_400)}
REACHED: list[tuple[Role, str, set[str]]] = [
    (Role.INGRESS, "write", {"one.webhooks", "one.in", PULSE}),
    (Role.INGRESS, "read", {PULSE}),
    (Role.WORKER, "read", {WORK.name, "one.unrouted", control_stream("one"), PULSE}),
    (
        Role.OPERATOR,
        "write",
        {"one.return", "one.dead", "one.unrouted", control_stream("one"), WORK.name},
    ),
    (
        Role.OPERATOR,
        "read",
        {WORK.dead, "one.unrouted", control_stream("one"), PULSE, "one.journal"} | LADDERS,
    ),
    (Role.DECLARER, "configure", NAMES),
    (Role.MONITORING, "read", set()),
]


@pytest.mark.parametrize(("role", "way", "reached"), REACHED)
def test_a_role_reaches_so_much_of_the_topology_and_no_more(
    role: Role, way: str, reached: set[str]
) -> None:
    assert reached == allowed(getattr(permissions("one", role), way))


def test_a_worker_publishes_to_every_rung_and_to_where_dead_letters_and_replays_go() -> None:
    written = allowed(permissions("one", Role.WORKER).write)
    assert written >= RUNGS
    assert written - {name for name in NAMES if name.startswith("one.retry.")} == {
        "one.return",
        "one.dead",
        "one.control",
        PULSE,
        WORK.dead,  # where it has no exchange to publish to it by
    }


@pytest.mark.parametrize("role", Role)
def test_no_role_reaches_another_apps_names(role: Role) -> None:
    others = whole_topology("oneandmore", [WorkQueue("oneandmore", "erp", "orders.create")])
    for pattern in permissions("one", role):
        assert [] == [name for name in names(others) if re.search(pattern, name)]


def test_a_worker_of_one_consumer_reads_no_other_consumers_queue() -> None:
    read = permissions("one", Role.WORKER, "erp").read
    assert re.search(read, "one.erp.orders.create")
    assert not re.search(read, "one.erp2.orders.create")
    assert not re.search(read, "one.mail.orders.create")


def test_only_who_counts_messages_has_a_tag_and_may_touch_nothing() -> None:
    assert {Role.MONITORING: ("monitoring",)} == {role: tags(role) for role in Role if tags(role)}
    assert {NOTHING} == set(permissions("one", Role.MONITORING))
