"""From bytes to plain data, and nothing but Undecodable from bytes that are none."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.body import Format, Undecodable, begins_as, decode, format_of

JSON, XML = "application/json", "application/xml"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", Format.JSON),
        ("Application/JSON; charset=utf-8", Format.JSON),
        ("text/json", Format.JSON),
        ("application/vnd.shop+json", Format.JSON),
        ("application/xml", Format.XML),
        ("text/xml;charset=utf-8", Format.XML),
        ("application/atom+xml", Format.XML),
        ("application/x-www-form-urlencoded", None),
        ("text/plain", None),
        ("application/jsonp", None),
        ("", None),
    ],
)
def test_a_content_type_names_its_format(content_type: str, expected: Format | None) -> None:
    assert expected is format_of(content_type)


@pytest.mark.parametrize(
    ("body", "fmt", "begins"),
    [
        (b" \r\n{", Format.JSON, True),
        (b"[1]", Format.JSON, True),
        (b"foo=anything", Format.JSON, False),
        (b"shop=a.spiffystores.com&timestamp=1", Format.JSON, False),
        (b'"text"', Format.JSON, False),
        (b"12", Format.JSON, False),
        (b"", Format.JSON, False),
        (b"<order/>", Format.XML, True),
        (b"\xef\xbb\xbf <order/>", Format.XML, True),
        ("<a/>".encode("utf-16"), Format.XML, True),
        ("<a/>".encode("utf-16-be"), Format.XML, False),
        (b"{}", Format.XML, False),
        (b"a=<b>", Format.XML, False),
    ],
)
def test_a_body_is_known_by_how_it_begins(body: bytes, fmt: Format, begins: bool) -> None:  # noqa: FBT001
    assert begins == begins_as(body, fmt)


def test_json_integers_over_2_to_the_53_are_exact() -> None:
    assert {"product_id": 327475578523353102} == decode(b'{"product_id": 327475578523353102}', JSON)


XML_VALUES: list[tuple[str, Any]] = [
    ('<id type="integer">327475578523353102</id>', 327475578523353102),
    ('<price type="decimal">19.90</price>', Decimal("19.90")),
    ('<rate type="float">0.1</rate>', 0.1),
    ('<test type="boolean">true</test>', True),
    ('<at type="datetime">2015-10-24T18:26:31Z</at>', "2015-10-24T18:26:31Z"),
    ('<token nil="true"/>', None),
    ("<token/>", None),
    ('<token type="string"></token>', ""),
    ("<title>Cups &amp; 日本</title>", "Cups & 日本"),
    ('<tax-lines type="array"/>', []),
    ('<ids type="array"><id type="integer">1</id><id type="integer">2</id></ids>', [1, 2]),
    ("<address><first-name>Frodo</first-name></address>", {"first_name": "Frodo"}),
    ("<box><item>a</item><item>b</item><item>c</item></box>", {"item": ["a", "b", "c"]}),
    ('<id type="unheard-of">7</id>', "7"),
]


@pytest.mark.parametrize(("element", "value"), XML_VALUES)
def test_rails_xml_becomes_what_json_would_have_been(element: str, value: Any) -> None:
    decoded = decode(f"<order>{element}</order>".encode(), XML)
    assert [value] == list(decoded["order"].values())
    assert "-" not in next(iter(decoded["order"]))


BOMB = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'
ATTACKS = [
    (BOMB, XML),
    (b'<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>', XML),
    (b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>', XML),
    ("<!DOCTYPE l><l/>".encode("utf-16"), XML),
    (b"<a>" * 200_000, XML),
    (b"<a>" * 250 + b"</a>" * 250, XML),
    (b"<a", XML),
    (b"", XML),
    (b'<?xml version="1.0" encoding="none"?><a/>', XML),
    (b'<a type="integer">seven</a>', XML),
    (b"[" * 100_000, JSON),
    (b"{", JSON),
    (b'{"a": "\xff"}', JSON),
    (b"{}", "text/plain"),
]


@pytest.mark.parametrize(("body", "content_type"), ATTACKS)
def test_bombs_foreign_entities_and_broken_bodies_are_undecodable(body: bytes, content_type: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert len(str(caught.value)) < 100


def test_the_error_holds_nothing_of_the_body() -> None:
    with pytest.raises(Undecodable) as caught:
        decode(b'<a type="integer">4111 1111 1111 1111</a>', XML)
    assert "4111" not in str(caught.value)


FRAGMENTS = st.sampled_from(
    ["<a", ">", "</a>", ' type="array"', ' nil="true"', "&amp;", "<!--", "<![CDATA[", "<?x", "1", "é"]
)


@given(
    st.binary() | st.lists(FRAGMENTS).map(lambda parts: "".join(parts).encode()),
    st.sampled_from([JSON, XML, "text/plain"]),
)
def test_no_bytes_raise_anything_but_undecodable(body: bytes, content_type: str) -> None:
    with suppress(Undecodable):
        assert decode(body, content_type) is not ...


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
def test_json_comes_back_as_it_was_written(value: Any) -> None:
    assert value == decode(orjson.dumps(value), JSON)
