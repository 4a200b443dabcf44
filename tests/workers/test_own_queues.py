"""What a worker declares of its own: as many partitions as the control log says."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.control import ControlState, fold
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from workers.own_queues import OwnQueues

ERP = WorkQueue("spiffy", "erp", "orders.create")
MAIL = WorkQueue("spiffy", "mail", "orders.create")
OWN = OwnQueues({ERP: 4, MAIL: 0}, [ERP])


def after(*records: dict[str, Any]) -> ControlState:
    """Return the state after these records."""
    state = ControlState()
    for offset, record in enumerate(records):
        state = fold(state, record, offset)
    return state


def declared(*names: str) -> dict[str, Any]:
    """Return a record that these queues were declared."""
    return {"v": 1, "at": 1, "by": "me", "what": "declared", "topology": 2, "queues": [*names]}


def partitioned(partitions: int, before: int = 0) -> dict[str, Any]:
    """Return a record of the consumer's partitions."""
    said = {"partitions": partitions, "before": before}
    return layout_record(Step.PARTITIONED, ERP, by="me", at=1, **said)


def test_where_nothing_was_said_it_is_as_many_as_are_declared() -> None:
    assert {*ERP.split(4), MAIL} == OWN.queues(ControlState())
    assert {ERP: 4} == OWN.unsaid(ControlState())


def test_what_the_log_says_counts_and_the_difference_is_told() -> None:
    state = after(partitioned(8))
    assert {*ERP.split(8), MAIL} == OWN.queues(state)
    assert {} == OWN.unsaid(state)
    ((whole, count, layout),) = OWN.differing(state)
    assert (ERP, 4, 8) == (whole, count, layout.partitions)


def test_while_they_shrink_those_that_are_to_go_are_there_still() -> None:
    state = after(partitioned(8), partitioned(2, before=8))
    assert {*ERP.split(8), MAIL} == OWN.queues(state)


def test_of_a_consumer_that_is_never_replayed_no_partition_is() -> None:
    names = OWN.never_replayed(sorted(OWN.queues(ControlState())))
    assert [queue.name for queue in ERP.split(4)] == names


@pytest.mark.parametrize(
    ("own", "there", "sentence"),
    [
        (OWN, ERP.name, "has one queue on the broker (spiffy.erp.orders.create) and asks for 4"),
        (OwnQueues({ERP: 0}), f"{ERP.name}.p0", "has partitions on the broker"),
    ],
)
def test_a_queue_that_would_get_every_webhook_besides_is_in_the_way(
    own: OwnQueues, there: str, sentence: str
) -> None:
    told = own.in_the_way(after(declared(there)))
    assert sentence in told
    assert "topology retire erp --to NAME" in told


@pytest.mark.parametrize("there", [f"{ERP.name}.p3", MAIL.name, "spiffy.other.orders.create"])
def test_nothing_else_is_in_the_way(there: str) -> None:
    assert "" == OWN.in_the_way(after(declared(there)))


def test_a_consumer_that_was_ordered_and_is_not_any_more_is_in_the_way_of_what_it_holds() -> None:
    ordered = OwnQueues({replace(ERP, ordered=True): 4})
    names = [queue.name for queue in ERP.split(4)]
    state = after({**declared(*names), "ordered": names})
    assert "" == ordered.in_the_way(state)
    assert "nobody would read what spiffy.erp.orders.create.p0.held" in OWN.in_the_way(state)
