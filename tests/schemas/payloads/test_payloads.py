"""The platform's bodies as types: the samples, both wrappings, every way of writing money, times and tags."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from schemas.body import decode
from schemas.payloads import PAYLOADS, Address, Cart, Customer, CustomerCredit, CustomerState, Order, Payload

BODIES = Path(__file__).parents[3] / "examples/bodies"


def sample(name: str) -> Any:
    """Return a sample's plain data."""
    return decode((BODIES / name).read_bytes(), "application/xml" if name.endswith("xml") else "application/json")


def test_a_cart_is_typed_to_its_lines() -> None:
    cart = Cart.model_validate(sample("cart.json"))
    (line,) = cart.line_items
    assert ("eeafa272cebfd4b22385bc4b645e762c", Decimal("59.97"), 3, 327475578523353102) == (
        cart.id, line.line_price, line.quantity, line.product_id,
    )  # fmt: skip


def test_a_customer_is_typed_and_its_tags_are_a_list() -> None:
    customer = Customer.model_validate(sample("customer.json"))
    assert ["friend", "ring_bearer", "brave", "hobbit"] == customer.tags
    assert (CustomerState.ENABLED, Decimal("11230.63")) == (customer.state, customer.total_spent)
    assert datetime(2010, 6, 15, 13, 15, 50, tzinfo=UTC) == customer.created_at
    assert "friend,ring_bearer,brave,hobbit" == orjson.loads(customer.model_dump_json())["tags"]


def test_a_wrapped_credit_is_typed_with_its_customer_and_order() -> None:
    credit = CustomerCredit.model_validate(sample("customer_credit.wrapped.json"))
    assert (Decimal("54.53"), "Goods returned from Order #12345") == (credit.amount, credit.description)
    assert credit.customer
    assert credit.order
    assert ("Frodo", "#001045") == (credit.customer.first_name, credit.order.name)


def test_an_order_in_xml_says_what_it_says_in_json() -> None:
    json, xml = Order.model_validate(sample("order.json")), Order.model_validate(sample("order.xml"))
    shared = (
        "id",
        "order_number",
        "name",
        "created_at",
        "updated_at",
        "currency",
        "email",
        "total_price",
        "total_weight",
    )
    assert [getattr(json, name) for name in shared] == [getattr(xml, name) for name in shared]
    assert json.line_items[0].product_id == xml.line_items[0].product_id == 327475578523353102
    assert xml.billing_address
    assert ([], "3000", None) == (xml.tax_lines, xml.billing_address.zip, xml.billing_address.phone)


@pytest.mark.parametrize("model", [Order, Customer, CustomerCredit])
def test_wrapped_and_flat_bodies_are_the_same(model: type[Payload]) -> None:
    name = {"Order": "order", "Customer": "customer", "CustomerCredit": "customer_credit"}[model.__name__]
    assert model.model_validate({"id": 1, "note": "x"}) == model.model_validate({name: {"id": 1, "note": "x"}})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("19.90", "19.90"),
        (54.53, "54.53"),
        (0, "0"),
        ("0.0", "0.0"),
        (Decimal("1.10"), "1.10"),
        (-3, "-3"),
        (0.1, "0.1"),
    ],
)
def test_money_is_exact(written: Any, value: str) -> None:
    assert Decimal(value) == CustomerCredit.model_validate({"id": 1, "amount": written}).amount


WEST = timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2015-10-24T18:26:31Z", datetime(2015, 10, 24, 18, 26, 31, tzinfo=UTC)),
        ("2015-05-08T16:02:51-05:00", datetime(2015, 5, 8, 21, 2, 51, tzinfo=UTC)),
        ("2015-05-08T16:02:51.611-08:00", datetime(2015, 5, 8, 16, 2, 51, 611_000, tzinfo=WEST)),
        ("2014-12-31 12:00", datetime(2014, 12, 31, 12, tzinfo=UTC)),
    ],
)
def test_times_are_aware_however_they_are_written(written: str, value: datetime) -> None:
    created = Order.model_validate({"id": 1, "created_at": written}).created_at
    assert created == value
    assert created.tzinfo


@pytest.mark.parametrize(("written", "tags"), [("a, b ,c", ["a", "b", "c"]), ("", []), (None, []), (["a"], ["a"])])
def test_tags_are_a_list_however_they_are_written(written: Any, tags: list[str]) -> None:
    assert tags == Customer.model_validate({"id": 1, "tags": written}).tags


def test_what_we_do_not_know_is_kept_and_reachable() -> None:
    order: Any = Order.model_validate({"id": 1, "loyalty": {"points": 7}})
    assert {"points": 7} == order.loyalty


def test_a_state_that_the_platform_adds_later_stays_text() -> None:
    assert "merged" == Customer.model_validate({"id": 1, "state": "merged"}).state


def test_nothing_but_the_id_is_required() -> None:
    for model in (Order, Customer, CustomerCredit):
        assert model.model_validate({"id": 1})
        with pytest.raises(ValidationError, match="id"):
            model.model_validate({"note": "x", "email": "y"})


@pytest.mark.parametrize("model", [*dict.fromkeys(PAYLOADS.values()), Address], ids=lambda model: model.__name__)
def test_every_field_says_what_it_means(model: type[Payload]) -> None:
    assert [] == [name for name, field in model.model_fields.items() if not field.description]


def test_a_topic_leads_to_its_model() -> None:
    assert (Cart, Order, Customer) == (
        PAYLOADS["carts/update"],
        PAYLOADS["orders/create"],
        PAYLOADS["customers/disable"],
    )
