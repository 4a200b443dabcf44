"""What is sought in the journal."""

from typing import Any

import pytest

from schemas.properties import ReceivedProperties
from workers.settings import SettingsError
from workers.sought import Sought


def copy(**more: Any) -> ReceivedProperties:
    """Return the properties of a copy."""
    told = {"id": "1", "shop": "a.example", "received-ms": 1_000} | more
    headers = {f"webhook-{name.replace('_', '-')}": value for name, value in told.items()}
    return ReceivedProperties(type=more.pop("topic", "orders/create"), headers=headers)


@pytest.mark.parametrize(
    ("sought", "takes"),
    [
        (Sought(), True),
        (Sought(id="1"), True),
        (Sought(id="2"), False),
        (Sought(shop="a.example"), True),
        (Sought(shop="a"), False),
        (Sought(topic="orders/create"), True),
        (Sought(topic="orders.create"), True),
        (Sought(topic="orders/*"), True),
        (Sought(topic="*/*"), True),
        (Sought(topic="carts/*"), False),
        (Sought(since_ms=1_000), True),
        (Sought(since_ms=1_001), False),
        (Sought(until_ms=1_001), True),
        (Sought(until_ms=1_000), False),
        (Sought(id="1", shop="b.example"), False),
    ],
)
def test_a_copy_is_meant_where_all_that_is_asked_fits(sought: Sought, takes: bool) -> None:
    assert takes is sought.takes(copy())


@pytest.mark.parametrize("topic", [None, "", "Orders"])
def test_a_copy_that_is_no_webhook_is_meant_by_no_topic_and_breaks_nothing(topic: Any) -> None:
    stranger = ReceivedProperties(type=topic, headers={"webhook-id": ["x"]})
    assert Sought().takes(stranger)
    assert not Sought(topic="*/*").takes(stranger)
    assert not Sought(id="x").takes(stranger)


def test_what_stands_in_the_head_of_each_copy_that_is_meant_is_told_as_bytes() -> None:
    assert (b"1", b"caf\xc3\xa9.example") == Sought(id="1", shop="café.example").needles
    assert () == Sought(topic="orders/create", since_ms=1).needles


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"topic": "Orders"}, "--topic 'Orders' is no topic"),
        ({"shop": ""}, "--shop is empty"),
        ({"shop": "\udcff"}, r"--shop \\udcff: that is no UTF-8"),
        ({"id": "a\udcff"}, "--id"),
        ({"since_ms": 2, "until_ms": 2}, "--since is not before --until"),
    ],
)
def test_nonsense_is_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Sought(**asked)


def test_it_is_described_by_its_options_and_empty_where_a_limit_alone_is_asked() -> None:
    sought = Sought(shop="a.example", since_ms=1_700_000_000_000, after=7)
    assert {
        "shop": "a.example",
        "since": "2023-11-14T22:13:20+00:00",
        "after": "7",
    } == sought.described()
    assert [True, False, False] == [
        one.is_empty for one in (Sought(limit=3), Sought(after=0), sought)
    ]
