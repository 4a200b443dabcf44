"""Bodies of every topic: whole, in JSON and in XML, and what is left of a deletion."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree

from schemas.body import decode
from schemas.payloads import PAYLOADS, OrderEdit, Part, Product
from schemas.payloads.payload import root_of
from schemas.reading import reader
from schemas.samples import sample, whole_sample
from tests.schemas.payloads.rails import as_rails

MODELS = [*dict.fromkeys(PAYLOADS.values())]


def test_the_sample_of_a_topic_is_a_body_of_its_model() -> None:
    for topic, model in PAYLOADS.items():
        body = orjson.dumps(sample(topic))
        read = reader(model)(body, "application/json")
        assert model.model_validate(sample(topic)) == read, topic


def test_a_sample_has_every_field_that_its_model_names_and_no_other() -> None:
    for model in MODELS:
        payload = model.model_validate(whole_sample(model))
        assert {*model.model_fields} == payload.model_fields_set, model
        assert [] == unknown_in(payload)


def unknown_in(part: Part) -> list[str]:
    """Return the fields that no model names, in a payload and all its parts."""
    found = [f"{type(part).__name__}.{name}" for name in part.model_extra or {}]
    for name in type(part).model_fields:
        held = getattr(part, name)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, Part):
                found += unknown_in(one)
    return found


def test_a_model_reads_back_what_it_writes_of_its_sample() -> None:
    for model in MODELS:
        payload = model.model_validate(whole_sample(model))
        assert payload == model.model_validate_json(payload.model_dump_json()), model


def test_a_sample_written_as_rails_xml_gives_the_same_payload() -> None:
    for model in MODELS:
        whole = whole_sample(model)
        root = root_of(model)
        record = whole[root] if {root} == whole.keys() else whole
        xml = etree.tostring(as_rails(root, record))
        read = decode(xml, "text/xml")
        assert model.model_validate(whole) == model.model_validate(read), model


@pytest.mark.parametrize(
    ("topic", "left"),
    [
        ("products/delete", {"id": 632910392}),
        ("domains/destroy", {"id": 4600}),
        ("product_listings/remove", {"product_listing": {"product_id": 632910392}}),
        ("inventory_levels/disconnect", {"inventory_item_id": 808950810, "location_id": 3}),
    ],
)
def test_a_deletion_says_what_is_gone_and_no_more(topic: str, left: dict[str, Any]) -> None:
    assert left == sample(topic)


def test_a_sample_is_the_callers_own() -> None:
    mine = sample("products/create")
    mine["variants"].clear()
    assert Product.model_validate(sample("products/create")).variants


def test_an_edit_is_wrapped_as_the_platform_wraps_it() -> None:
    assert ["order_edit"] == [*sample("orders/edited")]
    assert 12345 == OrderEdit.model_validate(sample("orders/edited")).order_id


def test_a_topic_without_a_model_has_no_sample() -> None:
    with pytest.raises(LookupError, match="no sample of 'comets/create'"):
        sample("comets/create")


def test_no_file_is_left_over() -> None:
    folder = Path(__file__).parents[2] / "schemas/samples"
    assert {f"{root_of(model)}.json" for model in MODELS} == {
        file.name for file in folder.glob("*.json")
    }
