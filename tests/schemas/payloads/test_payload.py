"""What every model does alike: take either wrapping, need no more than an id, keep what it does not
know.
"""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.payloads import (
    PAYLOADS,
    Address,
    AppSubscription,
    Cart,
    Customer,
    CustomerCredit,
    CustomerPart,
    FulfillmentOrderChange,
    LineItem,
    Order,
    OrderPart,
    Part,
    Payload,
    Product,
    ProductListing,
)
from tests.drawing import share_of
from tests.schemas.payloads.identities import identity

PAYLOAD_MODELS = [*dict.fromkeys(PAYLOADS.values())]
MODELS: list[type[Part]] = [*PAYLOAD_MODELS, Address]
ROOTS = [
    (Cart, "cart"),
    (Order, "order"),
    (Customer, "customer"),
    (CustomerCredit, "customer_credit"),
    (Product, "product"),
    (ProductListing, "product_listing"),
    (AppSubscription, "app_subscription"),
]


class GiftOrder(Order):
    """An author's own model, with one more field."""

    gift_for: str | None = None


@pytest.mark.parametrize(
    ("model", "root"), [*ROOTS, (GiftOrder, "order"), (GiftOrder, "gift_order"), (Order, "hash")]
)
def test_wrapped_and_flat_bodies_are_the_same(model: type[Payload], root: str) -> None:
    flat = identity(model) | {"note": "x"}
    assert model.model_validate(flat) == model.model_validate({root: flat})
    assert model.model_validate(flat) == model.model_validate_json(json.dumps({root: flat}))
    assert model.model_validate(flat) == model.model_validate_json(json.dumps(flat))


def test_only_a_lone_object_under_the_models_own_name_is_a_wrapping() -> None:
    credit = CustomerCredit.model_validate(
        {"id": 1, "order": {"id": 2}, "customer_credit": {"id": 3}}
    )
    assert credit.order
    assert (1, 2, {"id": 3}) == (
        credit.id,
        credit.order.id,
        (credit.model_extra or {})["customer_credit"],
    )
    assert {"address": "1 Bagshot Row"} == Address.model_validate(
        {"address": "1 Bagshot Row"}
    ).model_extra
    others: list[Any] = [
        {"customer": {"id": 1}},
        {"order": [1]},
        {"payload": {"id": 1}},
        {"order": None},
        {},
        [],
        None,
    ]
    for body in others:
        with pytest.raises(ValidationError):
            Order.model_validate(body)


def test_nothing_but_what_tells_it_apart_is_required() -> None:
    for model in PAYLOAD_MODELS:
        needed = identity(model)
        assert model.model_validate(needed)

        for name in needed:
            rest = {other: value for other, value in needed.items() if other != name}
            with pytest.raises(ValidationError, match=name):
                model.model_validate(rest | {"note": "x", "email": "y"})


def test_all_but_changes_of_fulfillment_orders_have_something_that_tells_them_apart() -> None:
    nameless = [one for one in PAYLOADS.values() if not identity(one)]
    assert {FulfillmentOrderChange} == set(nameless)


def test_json_is_validated_as_plain_data_is() -> None:
    assert LineItem(id=7) == LineItem.model_validate_json(
        b'{"id": 7, "tax_lines": null, "properties": ""}'
    )
    for broken in (b"{", b'{"id": "seven"}'):
        with pytest.raises(ValidationError):
            LineItem.model_validate_json(broken)


class Memo(Payload):
    """An author's own model that asks for nothing."""

    note: str | None = None


def test_a_model_that_asks_for_nothing_is_unwrapped_too() -> None:
    assert (
        "x"
        == Memo.model_validate_json(b'{"memo": {"note": "x"}}').note
        == Memo.model_validate_json(b'{"note": "x"}').note
    )


def test_a_part_needs_no_identity_wherever_it_stands() -> None:
    credit = CustomerCredit.model_validate(
        {
            "id": 1,
            "customer": {"id": None, "email": "buyer@example.com", "default_address": {"id": None}},
            "order": {
                "name": "#1",
                "customer": {},
                "line_items": [{}],
                "fulfillments": [{"line_items": [{"id": None}]}],
            },
        }
    )
    assert credit.customer
    assert credit.order
    assert (None, "buyer@example.com") == (credit.customer.id, credit.customer.email)
    assert (None, [None]) == (credit.order.id, [line.id for line in credit.order.line_items])
    assert [None] == [
        line.id
        for line in Cart.model_validate({"id": "a", "line_items": [{"title": "Cup"}]}).line_items
    ]


def test_a_whole_may_stand_where_a_part_is_asked_for() -> None:
    def greeting(customer: CustomerPart) -> str:
        return f"Dear {customer.name}"

    assert "Dear Bo" == greeting(Customer(id=1, name="Bo"))
    assert isinstance(Order(id=1), OrderPart)


class AccountOrder(Order):
    """An author's own model that asks for more than ours."""

    customer: Customer


def test_an_authors_model_may_ask_for_the_identity_of_a_part() -> None:
    assert 6 == AccountOrder.model_validate({"id": 1, "customer": {"id": 6}}).customer.id
    with pytest.raises(ValidationError, match=r"customer\.id"):
        AccountOrder.model_validate({"id": 1, "customer": {"email": "x"}})


@pytest.mark.parametrize("written", [None, "", []])
def test_nothing_where_a_record_belongs_is_none(written: Any) -> None:
    order = Order.model_validate(
        {"id": 1, "customer": written, "billing_address": written, "payment_details": written}
    )
    assert [None] * 3 == [order.customer, order.billing_address, order.payment_details]


@pytest.mark.parametrize("written", [None, "", [], {}, [None], {"line_item": []}])
def test_nothing_where_a_list_belongs_is_an_empty_one(written: Any) -> None:
    order = Order.model_validate({"id": 1, "line_items": written, "tags": written})
    assert ([], []) == (order.line_items, order.tags)


@pytest.mark.parametrize(
    "written", [{"line_item": {"id": 7}}, {"line_item": [{"id": 7}]}, [None, {"id": 7}]]
)
def test_a_list_in_xml_needs_no_type(written: Any) -> None:
    assert [7] == [
        line.id for line in Order.model_validate({"id": 1, "line_items": written}).line_items
    ]


def every_model() -> list[type[Part]]:
    """Return the models, parts of others included."""
    found = [Part]
    for model in found:
        found += [
            one
            for one in model.__subclasses__()
            if one not in found and one.__module__.startswith("schemas.")
        ]
    return [model for model in found if model not in (Part, Payload)]


def test_null_is_as_good_as_missing() -> None:
    for model in every_model():
        identified = identity(model)
        nulls = dict.fromkeys(model.model_fields, None) | identified
        without = model.model_validate(identified)
        assert without.model_dump() == model.model_validate(nulls).model_dump(), model


def test_every_field_says_what_it_means() -> None:
    fields = [(model, *field) for model in every_model() for field in model.model_fields.items()]
    assert [] == [(model, name) for model, name, field in fields if not field.description]


def test_numbers_where_text_is_expected_become_text() -> None:
    address = Address.model_validate({"zip": 3000, "phone": 61_390_000_000})
    assert ("3000", "61390000000", "7") == (
        address.zip,
        address.phone,
        Cart.model_validate({"id": 7}).id,
    )


def test_every_model_keeps_what_it_does_not_know() -> None:
    for model in MODELS:
        known: Any = model.model_validate(identity(model) | {"loyalty": {"points": 7}})
        assert {"points": 7} == known.loyalty, model


def test_what_we_do_not_know_is_kept_and_reachable() -> None:
    order: Any = Order.model_validate(
        {"id": 1, "loyalty": {"points": 7}, "line_items": [{"colour": "green"}]}
    )
    assert ({"points": 7}, "green") == (order.loyalty, order.line_items[0].colour)
    assert {"points": 7} == order.model_dump()["loyalty"]


def test_a_payload_cannot_be_changed() -> None:
    order = Order(id=1)
    with pytest.raises(ValidationError, match="frozen"):
        order.id = 2  # type: ignore[misc]  # the point of it


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=share_of(300), deadline=None)  # a model is built when it is first asked
@given(model=st.sampled_from(MODELS), data=st.data())
def test_no_data_raises_anything_but_a_validation_error(
    model: type[Part], data: st.DataObject
) -> None:
    names = st.sampled_from([*model.model_fields]) | st.text()
    body = data.draw(PLAIN | st.dictionaries(names, PLAIN))
    with suppress(ValidationError):
        assert isinstance(model.model_validate(body), model)


@given(st.dictionaries(st.text(), PLAIN))
def test_no_unknown_name_is_lost(unknown: dict[str, Any]) -> None:
    kept = {name: value for name, value in unknown.items() if name not in Order.model_fields}
    assert repr(kept) == repr(
        Order.model_validate({"id": 1} | kept).model_extra
    )  # repr: NaN is no equal of itself
