"""JSON Schemas: short, right about what the models take, and each by a name of its own."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from schemas.payloads import Order
from workers.docs.json_schema import described, standing_alone


def accepts(payload: Any, body: Any) -> bool:
    """Tell whether a type's schema takes a body."""
    return Draft202012Validator(standing_alone(payload, [])).is_valid(body)


BODIES: list[dict[str, Any]] = [
    {"id": 1},
    {"id": 1, "line_items": None, "customer": None, "note_attributes": None, "tags": None},
    {"id": 1, "tags": "a,b", "total_price": "19.90", "note_attributes": {"wrap": "yes"}},
    {"id": 1, "tags": ["a", "b"], "total_price": 19.9, "note_attributes": [{"name": "wrap"}]},
    {"id": 1, "line_items": [{"properties": []}], "created_at": "2015-10-24T18:26:31Z"},
    {"id": 1, "loyalty": {"points": 7}},
    {},
    {"id": "one"},
    {"id": 1, "line_items": 7},
    {"id": 1, "total_price": []},
    {"id": 1, "tags": 7},
]


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_a_schema_takes_what_its_model_takes(body: dict[str, Any]) -> None:
    try:
        Order.model_validate(body)
    except ValidationError:
        assert not accepts(Order, body)
    else:
        assert accepts(Order, body)


def test_a_field_is_told_in_no_more_than_its_type_and_what_it_means() -> None:
    properties = standing_alone(Order, [])["properties"]
    assert {"type": ["string", "null"], "description": "The shopper's note"} == properties["note"]
    assert {"type": "integer", "description": "Identifier of the order"} == properties["id"]


def test_defaults_other_than_null_are_told() -> None:
    class Parcel(BaseModel):
        weight: int = 7

    assert 7 == standing_alone(Parcel, [])["properties"]["weight"]["default"]


def test_two_models_of_one_name_have_two_places() -> None:
    first = type("Parcel", (BaseModel,), {"__annotations__": {"a": int}, "__module__": "one"})
    second = type("Parcel", (BaseModel,), {"__annotations__": {"b": int}, "__module__": "two"})
    both = described({"x": first, "y": second})

    x = both.by_name["x"]["$ref"].rpartition("/")[2]
    y = both.by_name["y"]["$ref"].rpartition("/")[2]
    assert ["a"] == both.definitions[x]["required"]
    assert ["b"] == both.definitions[y]["required"]


def test_examples_stand_with_the_schema_where_there_are_any() -> None:
    assert [{"id": 1}] == standing_alone(Order, [{"id": 1}])["examples"]
    assert "examples" not in standing_alone(Order, [])
