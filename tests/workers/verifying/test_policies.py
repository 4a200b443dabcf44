"""Policies: those that change what our queues promise are told, others are the operator's."""

from typing import Any

import pytest

from schemas.names import WorkQueue
from schemas.topology import topology
from workers.verifying.policies import HARM, Governed, harmful

ERP = WorkQueue("one", "erp", "orders.create")
WHOLE = topology("one", [ERP])


def told(name: str, **effective: Any) -> list[str]:
    """Return what is told of a queue under a policy with these keys."""
    dashed = {key.replace("_", "-"): value for key, value in effective.items()}
    return harmful(WHOLE, "shop", [Governed(name, ("limits", "strict"), dashed)])


HARMFUL: list[tuple[str, dict[str, Any]]] = [
    (ERP.name, {"max_length": 1000}),
    (ERP.name, {"max_length_bytes": 10**9}),
    (ERP.name, {"message_ttl": 3_600_000}),
    (ERP.name, {"expires": 60_000}),
    (ERP.name, {"delivery_limit": 3}),
    (ERP.name, {"delayed_retry_type": "all"}),
    (ERP.dead, {"message_ttl": 1}),
    ("one.unrouted", {"delivery_limit": 20}),
    ("one.retry.10s", {"message_ttl": 9_999}),
    ("one.control", {"max_age": "1D"}),
]


@pytest.mark.parametrize(("queue", "effective"), HARMFUL)
def test_a_policy_that_breaks_a_promise_is_told_with_its_name_and_the_way_out(
    queue: str, effective: dict[str, Any]
) -> None:
    (line,) = told(queue, **effective)
    ((key, value),) = effective.items()
    dashed = key.replace("_", "-")
    assert line.startswith(f"queue {queue}: policy limits and strict says {dashed} {value}: ")
    assert HARM[dashed] in line
    assert "rabbitmqctl list_policies -p shop" in line


HARMLESS: list[tuple[str, dict[str, Any]]] = [
    (ERP.name, {"delivery_limit": 20}),  # of two numbers the smaller counts, and ours is that
    (ERP.name, {"delivery_limit": 50}),
    ("one.retry.10s", {"message_ttl": 10_001}),
    ("one.canary", {"max_length": 5}),
    (ERP.name, {"queue_leader_locator": "balanced", "target_group_size": 3}),
    (ERP.name, {"dead_letter_exchange": "elsewhere", "overflow": "drop-head"}),  # ours comes first
    (ERP.name, {}),
    ("another.queue", {"expires": 1}),
]


@pytest.mark.parametrize(("queue", "effective"), HARMLESS)
def test_what_keeps_our_promises_is_the_operators_to_choose(
    queue: str, effective: dict[str, Any]
) -> None:
    assert [] == told(queue, **effective)
