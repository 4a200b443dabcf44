"""The files that `docs` writes."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import PurePath

from jsonschema import Draft202012Validator

from tests.workers.docs.consumers import APP, CONSUMERS
from workers.docs.asyncapi import asyncapi
from workers.docs.files import files


@cache
def written() -> Mapping[PurePath, str]:
    """Return the files; made when a test asks, not by each process that collects tests."""
    return files(APP, CONSUMERS)


def test_there_is_the_document_and_a_schema_for_each_model() -> None:
    models = {"GiftOrder", "Order", "OrderEdit", "Parcel", "Product", "Refund"}
    schemas = {PurePath(f"schemas/{name}.json") for name in models}
    assert {PurePath("asyncapi.json"), *schemas} == written().keys()
    assert asyncapi(APP, CONSUMERS) == json.loads(written()[PurePath("asyncapi.json")])


def test_every_schema_is_one_and_takes_its_examples() -> None:
    shown = 0
    for path, text in written().items():
        if path.parent.name == "schemas":
            schema = json.loads(text)
            Draft202012Validator.check_schema(schema)
            for one in schema.get("examples", []):
                shown += 1
                assert [] == [
                    error.message for error in Draft202012Validator(schema).iter_errors(one)
                ]
    assert shown >= 5


def test_a_model_shows_each_form_of_its_topics_once() -> None:
    order = json.loads(written()[PurePath("schemas/Order.json")])
    assert 1 == len(order["examples"])  # orders/create and orders/paid say the same


def test_the_same_consumers_give_the_same_bytes() -> None:
    others = [*reversed(CONSUMERS)]
    assert written() == files(APP, others)
