"""Every way in which the platform writes money, times and tags, and what becomes of each."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.body import decode
from schemas.payloads import Cart, Customer, CustomerCredit, Order, Payload


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("19.90", "19.90"),
        ("0.0", "0.0"),
        ("-3.50", "-3.50"),
        (54.53, "54.53"),
        (0.1, "0.1"),
        (0, "0"),
        (-3, "-3"),
        (Decimal("1.10"), "1.10"),
    ],
)
def test_money_is_exact(written: Any, value: str) -> None:
    amount = CustomerCredit.model_validate({"id": 1, "amount": written}).amount
    assert value == str(amount)  # as text: Decimal("1.1") would equal Decimal("1.10")


@given(st.decimals(-(10**12), 10**12, places=2))
def test_money_written_as_a_json_number_loses_no_cent(amount: Decimal) -> None:
    body = orjson.loads(f'{{"id": 1, "amount": {amount}}}')
    assert amount == CustomerCredit.model_validate(body).amount


def test_money_is_a_string_in_json() -> None:
    assert (
        b'"54.53"'
        in CustomerCredit.model_validate({"id": 1, "amount": 54.53}).model_dump_json().encode()
    )


@pytest.mark.parametrize("written", ["", "free", "1,000.00", "NaN", "Infinity", True, [], {}])
def test_what_is_no_amount_is_refused_by_the_name_of_its_field(written: Any) -> None:
    with pytest.raises(ValidationError, match="amount"):
        CustomerCredit.model_validate({"id": 1, "amount": written})


WEST = timezone(timedelta(hours=-8))
EAST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2015-10-24T18:26:31Z", datetime(2015, 10, 24, 18, 26, 31, tzinfo=UTC)),
        ("2015-05-08T16:02:51-05:00", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("2015-05-08T16:02:51-0500", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("2015-05-08T16:02:51.611-08:00", datetime(2015, 5, 8, 16, 2, 51, 611_000, tzinfo=WEST)),
        (
            "2026-01-02T03:04:05.123456789Z",
            datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC),
        ),  # Shopify's nanoseconds
        ("2014-12-31 12:00", datetime(2014, 12, 31, 12, tzinfo=UTC)),
        ("2014-12-31 12:00:01", datetime(2014, 12, 31, 12, 0, 1, tzinfo=UTC)),
        ("2014-12-31", datetime(2014, 12, 31, tzinfo=UTC)),
        # As Ruby prints them.
        ("2015-05-08 16:02:51 UTC", datetime(2015, 5, 8, 16, 2, 51, tzinfo=UTC)),
        ("2015-05-08 16:02:51.611 UTC", datetime(2015, 5, 8, 16, 2, 51, 611_000, tzinfo=UTC)),
        ("2015-05-08 16:02:51 -0500", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("2015/05/08 16:02:51 -0500", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("Fri, 08 May 2015 16:02:51 +0000", datetime(2015, 5, 8, 16, 2, 51, tzinfo=UTC)),
        ("Fri, 08 May 2015 16:02:51 GMT", datetime(2015, 5, 8, 16, 2, 51, tzinfo=UTC)),
        ("Fri, 08 May 2015 16:02:51 UTC +00:00", datetime(2015, 5, 8, 16, 2, 51, tzinfo=UTC)),
        (
            "Fri, 08 May 2015 16:02:51.611 PST -08:00",
            datetime(2015, 5, 8, 16, 2, 51, 611_000, tzinfo=WEST),
        ),
        ("8 May 2015 16:02 -0500", datetime(2015, 5, 8, 16, 2, tzinfo=EAST)),
        ("Fri May 08 16:02:51 -0500 2015", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        (" 2015-05-08T16:02:51Z\n", datetime(2015, 5, 8, 16, 2, 51, tzinfo=UTC)),
    ],
)
def test_times_are_aware_however_they_are_written(written: str, value: datetime) -> None:
    created = Order.model_validate({"id": 1, "created_at": written}).created_at
    assert created is not None
    assert (value, value.utcoffset()) == (created, created.utcoffset())


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2015-13-01T00:00:00Z",
        "12:00",
        True,
        [],
        "2015-02-30 16:02:51 UTC",
        "Fri, 08 Mai 2015 16:02 UTC",
    ],
)
def test_what_is_no_time_is_refused_by_the_name_of_its_field_and_told_what_it_should_be(
    written: Any,
) -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"id": 1, "customer": {"created_at": written}})
    assert [("customer", "created_at")] == [error["loc"] for error in caught.value.errors()]
    assert ["Input should be a time, such as 2015-10-24T18:26:31Z"] == [
        e["msg"] for e in caught.value.errors()
    ]


@pytest.mark.parametrize(
    ("model", "field", "written", "expected"),
    [
        (CustomerCredit, "amount", "free", "an amount"),
        (CustomerCredit, "amount", [], "an amount"),
        (Customer, "state", {}, "a text"),
        (Customer, "tags", 7, "a valid list"),
        (Order, "line_items", 7, "a valid list"),
        (Order, "note_attributes", 7, "a valid dictionary"),
        (Order, "customer", "Bo", "a valid dictionary"),
    ],
)
def test_an_error_of_our_types_names_the_field_and_what_it_should_be_once(
    model: type[Payload], field: str, written: Any, expected: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"id": 1, field: written})
    (error,) = caught.value.errors()
    assert (field,) == error["loc"]
    assert error["msg"].startswith(f"Input should be {expected}")


TOO_MUCH = [
    "1e999999999",
    "-1e999999999",
    "1e100",
    "1e-999999999",
    "9" * 101,
    "0e999999999",
    10**100,
    1e300,
]


@pytest.mark.parametrize("written", TOO_MUCH, ids=str)
def test_money_has_one_bound_in_json_and_xml(written: Any) -> None:
    with pytest.raises(ValidationError, match="amount"):
        CustomerCredit.model_validate({"id": 1, "amount": written})
    amount = f'<amount type="decimal">{written}</amount>'
    xml = f'<customer-credit><id type="integer">1</id>{amount}</customer-credit>'
    with pytest.raises(ValidationError, match="amount"):
        CustomerCredit.model_validate(decode(xml.encode(), "application/xml"))


@given(
    st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_money_that_is_taken_is_written_out_without_harm(amount: Any) -> None:
    with suppress(ValidationError):
        taken = CustomerCredit.model_validate({"id": 1, "amount": str(amount)}).amount
        assert taken is not None
        assert len(str(int(taken))) <= 101
        assert taken == Decimal(str(amount))


ANSWERS: list[tuple[Any, dict[str, Any]]] = [
    (None, {}),
    ("", {}),
    ([], {}),
    ({}, {}),
    ({"Engraving": "Bo", "wrap": True}, {"Engraving": "Bo", "wrap": True}),
    (
        [{"name": "Engraving", "value": "Bo"}, {"name": "wrap", "value": True}],
        {"Engraving": "Bo", "wrap": True},
    ),
    (
        [{"name": "a", "value": 1}, {"name": "a", "value": 2}, {"name": "a", "value": 3}],
        {"a": [1, 2, 3]},
    ),
    ([{"name": "a"}, {"value": 1}, {"name": None, "value": 2}, None], {"a": None, "": [1, 2]}),
    ([{"Engraving": "Bo"}, {"wrap": True}], {"Engraving": "Bo", "wrap": True}),
    ([{"name": 7, "value": 1}], {"7": 1}),
    ("as the last time", {"": "as the last time"}),
    (["as the last time"], {"": "as the last time"}),
    ({"name": "Bo"}, {"name": "Bo"}),  # an object asks for a name
    # XML arrays without their type
    ({"property": {"name": "Engraving", "value": "Bo"}}, {"Engraving": "Bo"}),
    ({"note_attribute": [{"name": "a", "value": 1}, {"name": "b", "value": 2}]}, {"a": 1, "b": 2}),
    ({"property": "a flat"}, {"property": "a flat"}),
]


@pytest.mark.parametrize(("written", "answers"), ANSWERS)
def test_answers_are_a_dict_by_name_however_they_are_written_and_wherever(
    written: Any, answers: dict[str, Any]
) -> None:
    order = Order.model_validate(
        {"id": 1, "note_attributes": written, "line_items": [{"properties": written}]}
    )
    cart = Cart.model_validate({"id": "a", "line_items": [{"properties": written}]})
    assert (
        answers
        == order.note_attributes
        == order.line_items[0].properties
        == cart.line_items[0].properties
    )
    assert order == Order.model_validate_json(order.model_dump_json())


@pytest.mark.parametrize(
    "written",
    [
        '<note-attributes type="array"><x><name>Size</name><value>L</value></x></note-attributes>',
        (
            "<note-attributes><note-attribute>"
            "<name>Size</name><value>L</value>"
            "</note-attribute></note-attributes>"
        ),
        "<note-attributes><Size>L</Size></note-attributes>",
    ],
)
def test_answers_are_read_from_xml(written: str) -> None:
    xml = f'<order><id type="integer">1</id>{written}</order>'
    assert {"Size": "L"} == Order.model_validate(
        decode(xml.encode(), "application/xml")
    ).note_attributes


def test_every_type_of_ours_has_a_json_schema() -> None:
    fields = Order.model_json_schema()["properties"]
    assert "date-time" in str(fields["created_at"])
    assert "array" in str(fields["line_items"])
    assert "number" in str(fields["total_price"])


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("friend,brave", ["friend", "brave"]),
        ("friend, brave ,", ["friend", "brave"]),
        ("日本", ["日本"]),
        ("", []),
        (None, []),
        (["friend"], ["friend"]),
    ],
)
def test_tags_are_a_list_however_they_are_written_and_a_comma_string_in_json(
    written: Any, tags: list[str]
) -> None:
    customer = Customer.model_validate({"id": 1, "tags": written})
    assert tags == customer.tags == customer.model_dump()["tags"]
    assert ",".join(tags) == orjson.loads(customer.model_dump_json())["tags"]
