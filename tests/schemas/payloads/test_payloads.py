"""The platform's bodies as types: every sample, in JSON and in XML."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schemas.body import decode
from schemas.payloads import Cart, Customer, CustomerCredit, CustomerState, Order, Payload
from tests.schemas.payloads.rails import as_rails

BODIES = Path(__file__).parents[3] / "examples/bodies"
SAMPLES: list[tuple[str, type[Payload]]] = [
    ("cart.json", Cart),
    ("customer.json", Customer),
    ("customer_credit.wrapped.json", CustomerCredit),
    ("order.json", Order),
    ("order.xml", Order),
]


def sample(name: str) -> Any:
    """Return a sample's plain data."""
    return decode(
        (BODIES / name).read_bytes(),
        "application/xml" if name.endswith("xml") else "application/json",
    )


def test_a_cart_is_typed_to_its_lines() -> None:
    cart = Cart.model_validate(sample("cart.json"))
    (line,) = cart.line_items
    assert "eeafa272cebfd4b22385bc4b645e762c" == cart.id
    assert Decimal("59.97") == line.line_price
    assert 3 == line.quantity
    assert 327475578523353102 == line.product_id


def test_a_customer_is_typed() -> None:
    customer = Customer.model_validate(sample("customer.json"))
    assert (CustomerState.ENABLED, Decimal("11230.63"), False) == (
        customer.state, customer.total_spent, customer.wholesale,
    )  # fmt: skip
    assert datetime(2010, 6, 15, 13, 15, 50, tzinfo=UTC) == customer.created_at


@pytest.mark.parametrize("state", CustomerState)
def test_a_documented_state_is_one_of_the_four(state: CustomerState) -> None:
    assert state is Customer.model_validate({"id": 1, "state": str(state)}).state


def test_a_state_that_the_platform_adds_later_stays_text() -> None:
    assert "merged" == Customer.model_validate({"id": 1, "state": "merged"}).state


def test_a_wrapped_credit_is_typed_with_its_customer_and_order() -> None:
    credit = CustomerCredit.model_validate(sample("customer_credit.wrapped.json"))
    assert (Decimal("54.53"), "Goods returned from Order #12345") == (
        credit.amount,
        credit.description,
    )
    assert credit.customer
    assert credit.order
    assert ("Frodo", "#001045") == (credit.customer.first_name, credit.order.name)


def test_an_order_is_typed_to_its_parts() -> None:
    order = Order.model_validate(
        sample("order.json")
        | {
            "discount_codes": [{"code": "TENOFF", "amount": "10.00"}],
            "fulfillments": [{"id": 9, "tracking_numbers": ["1Z"], "line_items": [{"id": 7001}]}],
        }
    )
    (code,) = order.discount_codes
    (parcel,) = order.fulfillments
    (tax,) = order.tax_lines
    assert (Decimal("10.00"), ["1Z"], 7001) == (
        code.amount,
        parcel.tracking_numbers,
        parcel.line_items[0].id,
    )
    assert (Decimal("0.1"), "yes", "STD") == (
        tax.rate,
        order.note_attributes["gift wrap"],
        order.shipping_lines[0].code,
    )


def test_the_order_in_xml_says_what_it_says_in_json() -> None:
    json = Order.model_validate(sample("order.json"))
    xml = Order.model_validate(sample("order.xml"))
    shared = (
        "id",
        "order_number",
        "name",
        "buyer_accepts_marketing",
        "created_at",
        "updated_at",
        "currency",
        "email",
        "total_price",
        "total_weight",
    )
    assert [getattr(json, name) for name in shared] == [getattr(xml, name) for name in shared]
    assert json.line_items[0].product_id == xml.line_items[0].product_id == 327475578523353102
    assert "Example T-Shirt & Cloak" == xml.line_items[0].title
    assert xml.billing_address
    assert ([], "3000", None) == (xml.tax_lines, xml.billing_address.zip, xml.billing_address.phone)


@pytest.mark.parametrize(
    ("name", "model", "root"),
    [
        ("cart.json", Cart, "cart"),
        ("customer.json", Customer, "customer"),
        ("customer_credit.wrapped.json", CustomerCredit, "customer-credit"),
        ("order.json", Order, "order"),
    ],
)
def test_a_body_written_as_rails_xml_gives_the_same_model(
    name: str, model: type[Payload], root: str
) -> None:
    plain = sample(name)
    xml = etree.tostring(as_rails(root, plain.get("customer_credit", plain)))
    assert model.model_validate(plain) == model.model_validate(decode(xml, "text/xml"))


@pytest.mark.parametrize(("name", "model"), SAMPLES)
def test_a_model_reads_back_what_it_writes(name: str, model: type[Payload]) -> None:
    payload = model.model_validate(sample(name))
    assert payload == model.model_validate(
        decode(payload.model_dump_json().encode(), "application/json")
    )
