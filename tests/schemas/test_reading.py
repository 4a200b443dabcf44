"""From bytes to payloads: the short way says what the long way says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, TypeAdapter, ValidationError

from schemas.body import Undecodable, decode
from schemas.payloads import (
    PAYLOADS,
    Cart,
    Customer,
    CustomerCredit,
    Order,
    Payload,
    Product,
    ShopRedact,
)
from schemas.reading import reader

BODIES = Path(__file__).parents[2] / "examples/bodies"
JSON = "application/json"
XML = "application/xml"
MODELS = [*dict.fromkeys(PAYLOADS.values())]


class GiftOrder(Order):
    """An author's own model, with a part that must be a whole."""

    gift_for: str | None = None
    customer: Customer | None = None


@pytest.mark.parametrize(
    ("file", "model"),
    [
        ("cart.json", Cart),
        ("customer.json", Customer),
        ("customer_credit.wrapped.json", CustomerCredit),
        ("order.json", Order),
        ("order.json", GiftOrder),
        ("order.xml", Order),
        ("order.json", dict),
        ("order.json", Annotated[Order, AfterValidator(lambda order: order)]),
    ],
)
def test_every_sample_is_read_as_its_decoded_form_is(file: str, model: Any) -> None:
    _, _, ending = file.rpartition(".")
    body = (BODIES / file).read_bytes()
    content_type = f"application/{ending}"
    payload = TypeAdapter(model).validate_python(decode(body, content_type))
    assert payload == reader(model)(body, content_type)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 1}',
        b'{"order": {"id": 1, "note": "x"}}',
        b'{"hash": {"id": 1}}',
        b'\xef\xbb\xbf{"id": 1, "note": "x"}',
        rb'{"id": 1, "note": "\ud83d"}',
        b'{"id": 1, "note": "\xff"}',
        b'{"id": 1, "line_items": null, "billing_address": [], "fulfillments": {}, "tags": null}',
        b'{"id": 1, "total_price": 54.53, "total_tax": 1e22, "total_weight": 3.0}',
        b'{"id": 1, "id": 2, "loyalty": {"points": 7}, "gid": 123456789012345678901234567890}',
        (
            b'{"id": 1, "note_attributes": [{"name": "a", "value": 1.5}],'
            b' "created_at": "2015-05-08 16:02:51 UTC"}'
        ),
        b'{"id": 1, "total_price": NaN}',
        b'{"id": 1, "x": ' + b"[" * 90 + b"]" * 90 + b"}",
        b'{"id": 1, "line_items": [' + b"{}, " * 200 + b"{}]}",
    ],
)
@pytest.mark.parametrize("model", [Order, GiftOrder])
def test_a_body_is_read_as_its_decoded_form_is(body: bytes, model: type[Payload]) -> None:
    payload = model.model_validate(decode(body, JSON))
    assert payload == reader(model)(body, JSON)
    assert isinstance(payload, model)


@pytest.mark.parametrize("body", [b"{", b"", b'{"id": 1, "x": ' + b"[" * 100 + b"]" * 100 + b"}"])
def test_what_cannot_be_decoded_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        reader(Order)(body, JSON)


def test_what_does_not_fit_is_told_as_of_plain_data() -> None:
    with pytest.raises(ValidationError) as caught:
        reader(Order)(b'{"id": 1, "line_items": [{"price": "free"}], "created_at": "soon"}', JSON)
    assert [("created_at",), ("line_items", 0, "price")] == [
        error["loc"] for error in caught.value.errors()
    ]


def test_flat_json_is_not_decoded_first(monkeypatch: pytest.MonkeyPatch) -> None:
    read = reader(Order)
    monkeypatch.setattr("schemas.reading.decode", None)
    assert 12345 == read((BODIES / "order.json").read_bytes(), JSON).id


# No fractions: where text is expected, one way writes 0.0, the other 0.
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


DRAWN = {Order, Product, ShopRedact}
WHY_SLOW = "three of the models, each read by the same code, guard all but what is one's own"


def outcome(read: Callable[[], Any]) -> Any:
    """Return what was read, or what is wrong with it."""
    try:
        return read()
    except ValidationError as error:
        return error.errors()


@pytest.mark.parametrize(
    "model",
    [
        model if model in DRAWN else pytest.param(model, marks=pytest.mark.slow(WHY_SLOW))
        for model in MODELS
    ],
    ids=lambda model: model.__name__,
)
@given(data=st.data())
def test_both_ways_say_the_same_of_any_json(model: type[Payload], data: st.DataObject) -> None:
    names = st.sampled_from([*model.model_fields]) | st.text()
    body = json.dumps({"id": 1} | data.draw(st.dictionaries(names, PLAIN))).encode()
    long_way = outcome(lambda: model.model_validate(decode(body, JSON)))
    assert long_way == outcome(lambda: reader(model)(body, JSON))
