"""Every way in which the platform writes money, times and tags, and what becomes of each."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.payloads import Customer, CustomerCredit, Order


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
    assert b'"54.53"' in CustomerCredit.model_validate({"id": 1, "amount": 54.53}).model_dump_json().encode()


@pytest.mark.parametrize("written", ["", "free", "1,000.00", "NaN", "Infinity", True, [], {}])
def test_what_is_no_amount_is_refused_by_the_name_of_its_field(written: Any) -> None:
    with pytest.raises(ValidationError, match="amount"):
        CustomerCredit.model_validate({"id": 1, "amount": written})


WEST, EAST = timezone(timedelta(hours=-8)), timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2015-10-24T18:26:31Z", datetime(2015, 10, 24, 18, 26, 31, tzinfo=UTC)),
        ("2015-05-08T16:02:51-05:00", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("2015-05-08T16:02:51-0500", datetime(2015, 5, 8, 16, 2, 51, tzinfo=EAST)),
        ("2015-05-08T16:02:51.611-08:00", datetime(2015, 5, 8, 16, 2, 51, 611_000, tzinfo=WEST)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC)),  # Shopify's nanoseconds
        ("2014-12-31 12:00", datetime(2014, 12, 31, 12, tzinfo=UTC)),
        ("2014-12-31 12:00:01", datetime(2014, 12, 31, 12, 0, 1, tzinfo=UTC)),
        ("2014-12-31", datetime(2014, 12, 31, tzinfo=UTC)),
    ],
)
def test_times_are_aware_however_they_are_written(written: str, value: datetime) -> None:
    created = Order.model_validate({"id": 1, "created_at": written}).created_at
    assert created is not None
    assert (value, value.utcoffset()) == (created, created.utcoffset())


@pytest.mark.parametrize("written", ["", "yesterday", "2015-13-01T00:00:00Z", "12:00", True, []])
def test_what_is_no_time_is_refused_by_the_name_of_its_field(written: Any) -> None:
    with pytest.raises(ValidationError, match="created_at"):
        Order.model_validate({"id": 1, "created_at": written})


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
def test_tags_are_a_list_however_they_are_written_and_a_comma_string_in_json(written: Any, tags: list[str]) -> None:
    customer = Customer.model_validate({"id": 1, "tags": written})
    assert tags == customer.tags == customer.model_dump()["tags"]
    assert ",".join(tags) == orjson.loads(customer.model_dump_json())["tags"]
