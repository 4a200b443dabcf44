"""Header families, and what is carried along of them."""

import pytest
from aiormq import spec
from hypothesis import given
from hypothesis import strategies as st

from ingress.carried import MAX_CARRIED
from ingress.platform import Claims
from ingress.platforms import PLATFORMS, told_missing

SPIFFY, SHOPIFY = PLATFORMS["spiffy"], PLATFORMS["shopify"]


def carried(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return what Spiffy's are carried along of these headers."""
    return SPIFFY.carried(SPIFFY.read(headers).headers)


@pytest.mark.parametrize("prefix", ["X-Spiffy-", "x-spiffy-stores-", "X-SPIFFY-"])
def test_platform_headers_are_carried_by_lower_case_name(prefix: str) -> None:
    headers = [(f"{prefix}Topic", "orders/create"), ("Cookie", "no"), ("X-Shopify-Topic", "no")]
    assert {f"{prefix}topic".lower(): "orders/create"} == carried(headers)


SAID: list[tuple[list[tuple[str, str]], str]] = [
    ([("Shopify-Topic", "a/b")], "a/b"),
    ([("X-Shopify-Topic", "a/b"), ("Shopify-Topic", "a/b")], "a/b"),
    ([("X-Shopify-Topic", ""), ("Shopify-Topic", "a/b")], "a/b"),
    ([("X-Shopify-Topic", "a/b"), ("Shopify-Topic", "c/d")], "a/b, c/d"),
    ([("Shopify-Topic", "c/d"), ("X-Shopify-Topic", "a/b")], "a/b, c/d"),
    ([("X-Shopify-Topic", "a/b"), ("x-shopify-TOPIC", "c/d")], "a/b, c/d"),
    ([("X-Shopify-Topic", "a/b"), ("X-Shopify-Topic", "a/b")], "a/b, a/b"),
    ([("X-Shopify-Topic", ""), ("X-Shopify-Topic", "a/b")], ", a/b"),
    ([("X-Spiffy-Topic", "a/b")], ""),
    ([], ""),
]


@pytest.mark.parametrize(("headers", "said"), SAID)
@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("topic", "topic"),
        ("shop", "shop-domain"),
        ("signature", "hmac-sha256"),
        ("delivery_id", "webhook-id"),
    ],
)
def test_what_headers_say_is_what_they_agree_on_and_never_the_first_of_two(
    headers: list[tuple[str, str]], said: str, meaning: str, name: str
) -> None:
    renamed = [(header.lower().replace("topic", name), value) for header, value in headers]
    assert said == getattr(SHOPIFY.read(renamed), meaning)


def test_spiffys_store_key_is_no_delivery_id() -> None:
    own = {"x-spiffy-stores-id": "key", "x-spiffy-id": "key"}
    assert Claims("", "", "", "", own) == SPIFFY.read(own.items())


MISSED = [
    ([], "the header X-Spiffy-Topic is missing"),
    (["X-Spiffy-Shop-Domain", "X-Shopify-Test"], "the header X-Spiffy-Topic is missing"),
    (
        ["shopify-hmac-sha256"],
        "the header X-Spiffy-Topic is missing; there are headers of the platform shopify",
    ),
]


@pytest.mark.parametrize(("names", "told"), MISSED)
def test_a_missing_header_is_named_and_so_is_the_platform_whose_headers_are_there_instead(
    names: list[str], told: str
) -> None:
    assert told == told_missing(SPIFFY, str(SPIFFY.topic[0]), names)


def test_a_flood_of_headers_crowds_out_neither_topic_nor_shop_nor_signature() -> None:
    flood = [(f"X-Spiffy-A{number}", "x" * 4000) for number in range(50)]
    needed = [("X-Spiffy-Topic", "t"), ("X-Spiffy-Shop-Domain", "s"), ("X-Spiffy-Hmac-Sha256", "h")]
    kept = carried([*flood, *needed])
    assert {name.lower() for name, _ in needed} <= kept.keys()
    assert sum(len(name) + len(value) for name, value in kept.items()) <= MAX_CARRIED


def test_bytes_that_are_not_utf_8_are_read_as_latin_1() -> None:
    assert {"x-spiffy-note": "café"} == carried([("X-Spiffy-Note", "caf\udce9")])


VALUES = st.binary(max_size=50).map(lambda raw: raw.decode(errors="surrogateescape"))
NAMES = st.text(st.characters(codec="ascii"), max_size=300).map(lambda name: f"x-spiffy-{name}")


@given(st.lists(st.tuples(NAMES, VALUES), max_size=20))
def test_whatever_is_carried_can_be_published(headers: list[tuple[str, str]]) -> None:
    table = {f"http-{name}": value for name, value in carried(headers).items()}
    assert spec.Basic.Properties(headers=dict(table)).marshal()
