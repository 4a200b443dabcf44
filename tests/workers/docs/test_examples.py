"""What lies on a queue, whatever its handler takes it as, and an example of it."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from schemas.payloads import Order, Refund
from schemas.topic import TopicPattern
from workers.docs.examples import example, wire_type

REFUNDS = TopicPattern.parse("refunds/create")


class Parcel(BaseModel):
    """A model that none of our samples fits."""

    barcode: str


@pytest.mark.parametrize("taken", [bytes, dict, dict[str, Any], Any, Annotated[bytes, "raw"]])
def test_what_is_taken_as_it_comes_is_what_is_known_of_its_topic(taken: Any) -> None:
    assert Refund is wire_type(REFUNDS, taken)
    assert dict[str, Any] == wire_type(TopicPattern.parse("refunds/*"), taken)
    assert dict[str, Any] == wire_type(TopicPattern.parse("comets/create"), taken)


@pytest.mark.parametrize("taken", [Order, Parcel, list[Parcel]])
def test_a_type_of_its_own_is_what_the_author_says(taken: Any) -> None:
    assert taken is wire_type(REFUNDS, taken)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("refunds/create", "refunds/create"),
        ("refunds/*", "refunds/create"),
        ("orders/*", "orders/create"),
        ("customer.tags_added", "customer.tags_added"),
        ("comets/create", None),
    ],
)
def test_an_example_is_of_a_topic_that_the_pattern_takes(pattern: str, shown: str | None) -> None:
    found = example(TopicPattern.parse(pattern), dict[str, Any])
    assert shown == (found and found[0])


def test_what_does_not_fit_the_payload_type_is_no_example() -> None:
    assert example(REFUNDS, Parcel) is None
