"""Header families, and what is carried along of them."""

import pytest
from aiormq import spec
from hypothesis import given
from hypothesis import strategies as st

from ingress.platforms import MAX_CARRIED, PLATFORMS, first

SPIFFY, SHOPIFY = PLATFORMS["spiffy"], PLATFORMS["shopify"]


@pytest.mark.parametrize("prefix", ["X-Spiffy-", "x-spiffy-stores-", "X-SPIFFY-"])
def test_platform_headers_are_carried_by_lower_case_name(prefix: str) -> None:
    headers = [(f"{prefix}Topic", "orders/create"), ("Cookie", "no"), ("X-Shopify-Topic", "no")]
    assert {f"{prefix}topic".lower(): "orders/create"} == SPIFFY.carried(SPIFFY.own(headers))


def test_of_a_header_that_is_there_twice_the_first_counts_and_is_carried() -> None:
    own = SPIFFY.own([("X-Spiffy-Topic", "orders/create"), ("x-spiffy-topic", "orders/delete")])
    assert ("orders/create", {"x-spiffy-topic": "orders/create"}) == (first(own, SPIFFY.topic), SPIFFY.carried(own))


def test_both_of_shopifys_families_are_known() -> None:
    headers = {"shopify-topic": "a", "x-shopify-webhook-id": "b"}
    assert ("a", "b") == (first(headers, SHOPIFY.topic), first(headers, SHOPIFY.delivery_id))


def test_spiffys_store_key_is_no_delivery_id() -> None:
    assert "" == first({"x-spiffy-stores-id": "key", "x-spiffy-id": "key"}, SPIFFY.delivery_id)


def test_a_flood_of_headers_crowds_out_neither_topic_nor_shop_nor_signature() -> None:
    flood = [(f"X-Spiffy-A{number}", "x" * 4000) for number in range(50)]
    needed = [("X-Spiffy-Topic", "t"), ("X-Spiffy-Shop-Domain", "s"), ("X-Spiffy-Hmac-Sha256", "h")]
    carried = SPIFFY.carried(SPIFFY.own([*flood, *needed]))
    assert {name.lower() for name, _ in needed} <= carried.keys()
    assert sum(len(name) + len(value) for name, value in carried.items()) <= MAX_CARRIED


def test_bytes_that_are_not_utf_8_are_read_as_latin_1() -> None:
    assert {"x-spiffy-note": "café"} == SPIFFY.carried(SPIFFY.own([("X-Spiffy-Note", "caf\udce9")]))


VALUES = st.binary(max_size=50).map(lambda raw: raw.decode(errors="surrogateescape"))
NAMES = st.text(st.characters(codec="ascii"), max_size=300).map(lambda name: f"x-spiffy-{name}")


@given(st.lists(st.tuples(NAMES, VALUES), max_size=20))
def test_whatever_is_carried_can_be_published(headers: list[tuple[str, str]]) -> None:
    table = {f"http-{name}": value for name, value in SPIFFY.carried(SPIFFY.own(headers)).items()}
    assert spec.Basic.Properties(headers=dict(table)).marshal()
