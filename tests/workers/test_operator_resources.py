"""A topology as resources of RabbitMQ's topology operator."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from schemas.broker_objects import Binding, Exchange, ExchangeType, Queue, Topology
from schemas.names import WorkQueue
from schemas.roles import Role, permissions
from schemas.topic import TopicPattern
from schemas.topology import topology
from workers.deployment.cluster import BROKER, login_secret
from workers.operator_resources import as_list, object_name, resources, users
from workers.role_definitions import definitions_of_users

WHOLE = Topology(
    (
        Exchange("in", ExchangeType.TOPIC, {"alternate-exchange": "lost"}),
        Exchange("lost", ExchangeType.FANOUT),
    ),
    (Queue("work", {"x-queue-type": "quorum", "x-delivery-limit": 20}),),
    (Binding("in", "work", "orders.create.*"),),
)
WHERE = {"vhost": "shop", "rabbitmqClusterReference": {"name": "rabbits"}}


def test_each_thing_becomes_a_resource_of_its_kind_in_the_virtual_host() -> None:
    lost = {"name": "lost", "type": "fanout", "durable": True}
    entry = {"name": "in", "type": "topic", "durable": True}
    work = {"name": "work", "type": "quorum", "durable": True, "deletionPolicy": "retain"}
    bound = {"source": "in", "destination": "work", "destinationType": "queue"}
    assert [
        ("Exchange", "in", entry | {"arguments": {"alternate-exchange": "lost"}} | WHERE),
        ("Exchange", "lost", lost | WHERE),
        ("Queue", "work", work | {"arguments": {"x-delivery-limit": 20}} | WHERE),
        ("Binding", "work.from.in", bound | {"routingKey": "orders.create.*"} | WHERE),
    ] == [
        (one["kind"], one["metadata"]["name"], one["spec"])
        for one in resources(WHOLE, "shop", "rabbits")
    ]


def test_a_queue_outlives_its_resource_with_what_lies_in_it() -> None:
    queues = [one for one in resources(topology("spiffy"), "/") if one["kind"] == "Queue"]
    assert 2 == len(queues)
    assert {"retain"} == {one["spec"]["deletionPolicy"] for one in queues}


def test_each_role_has_a_user_of_its_own_secret_and_its_permissions() -> None:
    found = users("my_app", "/", "rabbits")
    assert [("User", "Permission")] * len(Role) == [
        (one["kind"], other["kind"]) for one, other in zip(found[::2], found[1::2], strict=True)
    ]
    for role, user, allowed in zip(Role, found[::2], found[1::2], strict=True):
        assert user["metadata"]["name"] == allowed["spec"]["userReference"]["name"]
        assert permissions("my_app", role)._asdict() == allowed["spec"]["permissions"]
        assert "/" == allowed["spec"]["vhost"]
        assert (role is Role.MONITORING) == (user["spec"].get("tags") == ["monitoring"])

        assert login_secret(role) == user["spec"]["importCredentialsSecret"]["name"]


def test_users_tags_and_permissions_are_those_of_the_definitions() -> None:
    told = definitions_of_users("spiffy", "shop", {})
    vhost, *found = users("spiffy", "shop")
    assert told["vhosts"] == [{"name": vhost["spec"]["name"]}]
    assert [(one["name"], one["tags"]) for one in told["users"]] == [
        (one["metadata"]["name"], one["spec"].get("tags", [])) for one in found[::2]
    ]

    granted = [
        {"user": one["spec"]["userReference"]["name"], "vhost": one["spec"]["vhost"]}
        | one["spec"]["permissions"]
        for one in found[1::2]
    ]
    assert told["permissions"] == granted


def test_a_virtual_host_of_ones_own_is_made_and_outlives_its_resource_too() -> None:
    spec = {"name": "/of shop", "deletionPolicy": "retain"}
    made = [one for one in users("my_app", "/of shop") if one["kind"] == "Vhost"]
    assert [spec | {"rabbitmqClusterReference": {"name": BROKER}}] == [one["spec"] for one in made]
    assert SUBDOMAIN.fullmatch(made[0]["metadata"]["name"])


def test_a_list_has_a_line_for_each_resource() -> None:
    found = resources(WHOLE, "shop")
    first, *lines, last = as_list(found).split("\n")
    assert found == [json.loads(line.removesuffix(",")) for line in lines]
    assert found == json.loads("\n".join([first, *lines, last]))["items"]


SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""What Kubernetes takes for an object's name (RFC 1123)."""
names = st.from_regex(r"[a-z][a-z0-9_-]{0,59}", fullmatch=True)
words = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,50}", fullmatch=True)


@given(names, names, words, words)
def test_whatever_apps_consumers_and_topics_are_called_kubernetes_takes_the_names(
    app: str, consumer: str, resource: str, event: str
) -> None:
    queue = WorkQueue.of(app, consumer, TopicPattern.parse(f"{resource}/{event}"))
    found = resources(topology(app, [queue]), "/")
    objects = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert len(objects) == len(set(objects))
    for _, name in objects:
        assert SUBDOMAIN.fullmatch(name)
        assert len(name) <= 253


def test_names_that_kubernetes_takes_stay_and_others_never_meet() -> None:
    assert "spiffy.erp.orders.create" == object_name("spiffy.erp.orders.create")
    beginning, _, digits = object_name("spiffy.erp.orders._any").rpartition("-")
    assert ("spiffy.erp.orders.any", 8) == (beginning, len(digits))

    alike = ["a.b_c", "a.b-c", "a.b__c", "a.b-c-"]
    long = ["x" * 260, "x" * 261]
    assert len(alike) == len({object_name(one) for one in alike})
    assert len(long) == len({object_name(one) for one in long})
