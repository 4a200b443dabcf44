"""Bodies to try things with."""

from typing import Any

import orjson
import pytest

from ingress.sampled import sampled
from ingress.settings import SettingsError
from schemas.payloads import PAYLOADS
from schemas.samples import sample


def test_every_documented_topic_has_one() -> None:
    for topic in PAYLOADS:
        assert sample(topic) == orjson.loads(sampled(topic, [])), topic


@pytest.mark.parametrize(
    ("change", "way", "expected"),
    [
        ("currency=NZD", ["currency"], "NZD"),
        ("total_price=12", ["total_price"], "12"),
        ("id=12", ["id"], 12),
        ("note=a=b", ["note"], "a=b"),
        ("test=true", ["test"], True),
        ("customer.email=a@b.example", ["customer", "email"], "a@b.example"),
        ("line_items.0.quantity=2", ["line_items", 0, "quantity"], 2),
        ('new={"a": [1]}', ["new"], {"a": [1]}),
        ("new=text", ["new"], "text"),
        ("new=" + "[" * 100_000, ["new"], "[" * 100_000),
    ],
)
def test_a_field_is_changed_to_what_fits_there(
    change: str, way: list[str | int], expected: Any
) -> None:
    body = orjson.loads(sampled("orders/create", [change]))
    for step in way:
        body = body[step]
    assert expected == body


@pytest.mark.parametrize(
    ("topic", "change", "told"),
    [
        ("orders/creat", "", "no such sample; there are orders/create"),
        ("orders/create", "currency", "write FIELD=VALUE"),
        ("orders/create", "=NZD", "write FIELD=VALUE"),
        ("orders/create", "customers.email=x", "there is no 'customers'"),
        ("orders/create", "line_items.99.quantity=x", "there is no '99'"),
        ("orders/create", "line_items.first=x", "there is no 'first'"),
        ("orders/create", "currency.code=x", "there is no 'code'"),
        ("orders/create", "id=99999999999999999999", "--set 'id': it cannot be sent: "),
        ("orders/create", "note=\udcff", "--set 'note': it cannot be sent: "),
        ("orders/create", "line_items.0.id=99999999999999999999", "it cannot be sent"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(topic: str, change: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        sampled(topic, [change] if change else [])
