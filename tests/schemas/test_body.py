"""From bytes to plain data, and nothing but Undecodable from bytes that are none."""

import json
import traceback
from contextlib import suppress
from decimal import Decimal
from typing import Any

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
        ("application/vnd.my_shop+json", Format.JSON),
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


@pytest.mark.parametrize("number", [327475578523353102, 2**64 - 1, 2**64 + 1, -(2**63) - 1, 10**300 + 1])
def test_json_integers_are_exact(number: int) -> None:
    assert {"id": number, "rate": 0.1} == decode(b'{"id": %d, "rate": 0.1}' % number, JSON)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"https:\/\/a.example\/b"', "https://a.example/b"),
        (rb'"a\u0026b \ud83d\udc8d"', "a&b \U0001f48d"),
        ('"日本 🧝"'.encode(), "日本 🧝"),
        (rb'"\/\u0026 12345678901234567890"', "/& 12345678901234567890"),
    ],
)
def test_json_text_is_read_with_its_escapes(body: bytes, value: str) -> None:
    assert value == decode(body, JSON)


XML_VALUES: list[tuple[str, Any]] = [
    ('<id type="integer">327475578523353102</id>', 327475578523353102),
    ('<price type="decimal">19.90</price>', Decimal("19.90")),
    ('<rate type="float">0.1</rate>', 0.1),
    ('<test type="boolean">true</test>', True),
    ('<test type="boolean">FALSE</test>', False),
    ('<test type="boolean">1</test>', True),
    ('<price type="decimal">0.1e3</price>', Decimal("0.1e3")),
    ('<id type="integer">\n  -7\n</id>', -7),
    ('<at type="datetime">2015-10-24T18:26:31Z</at>', "2015-10-24T18:26:31Z"),
    ('<at type="dateTime">\n  2015-10-24T18:26:31Z\n</at>', "2015-10-24T18:26:31Z"),
    ('<on type="date">2015-10-24</on>', "2015-10-24"),
    ('<state type="symbol">enabled</state>', "enabled"),
    ('<id type="integer"/>', None),
    ('<token nil="true"/>', None),
    ('<token type="string" nil="true"></token>', None),
    ('<rows type="array" nil="true"/>', None),
    ("<token/>", None),
    ('<token type="string"></token>', ""),
    ('<token type="string">  </token>', "  "),
    ("<title>Cups &amp; 日本</title>", "Cups & 日本"),
    ("<title><![CDATA[1 < 2 & 3]]></title>", "1 < 2 & 3"),
    ("<note>a <!-- b -->c</note>", "a c"),
    ("<note>one <b>ring</b> to rule</note>", "one ring to rule"),
    ("<note><b>one</b> ring</note>", "one ring"),
    ('<tags type="array">friend,brave</tags>', "friend,brave"),
    ('<tax-lines type="array"/>', []),
    ('<ids type="array"><id type="integer">1</id><id type="integer">2</id></ids>', [1, 2]),
    (
        '<rows type="array"><row type="array"/><row type="array"><id>1</id></row><row nil="true"/></rows>',
        [[], ["1"], None],
    ),
    ('<box><item type="array"/><item>b</item></box>', {"item": [[], "b"]}),
    ('<box xmlns:s="urn:s"><s:line-item>a</s:line-item></box>', {"line_item": "a"}),
    ("<address><first-name>Frodo</first-name></address>", {"first_name": "Frodo"}),
    ("<box><!-- b --><?pi c?><item>a</item></box>", {"item": "a"}),
    ("<box><item>a</item><item>b</item><item>c</item></box>", {"item": ["a", "b", "c"]}),
    ('<id type="unheard-of">7</id>', "7"),
]


@pytest.mark.parametrize(("element", "value"), XML_VALUES)
def test_rails_xml_becomes_what_json_would_have_been(element: str, value: Any) -> None:
    decoded = decode(f"<order>{element}</order>".encode(), XML)
    assert [value] == list(decoded["order"].values())
    assert "-" not in next(iter(decoded["order"]))


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10))
BILLION_LAUGHS = b'<!DOCTYPE l [<!ENTITY l0 "ha">' + LAUGHS + b"]><l>&l9;</l>"
QUADRATIC = b'<!DOCTYPE l [<!ENTITY l "' + b"ha" * 20_000 + b'">]><l>' + b"&l;" * 20_000 + b"</l>"
ATTACKS = [
    (BILLION_LAUGHS, XML),
    (QUADRATIC, XML),
    (b'<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>', XML),
    (b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>', XML),
    (b"<!DOCTYPE l><l/>", XML),
    ("<!DOCTYPE l><l/>".encode("utf-16"), XML),
    ("<!DOCTYPE l><l/>".encode("utf-16-be"), XML),
    (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE l+AD4-<l/>', XML),
    (b'<!DOCTYPE l [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><l/>', XML),
    (b"<l>&undeclared;</l>", XML),
    (b"<a>" * 200_000, XML),
    (b"<a>" * 250 + b"</a>" * 250, XML),
    (b"<a", XML),
    (b"", XML),
    (b'<?xml version="1.0" encoding="none"?><a/>', XML),
    (b'<a type="integer">seven</a>', XML),
    (b'<a type="integer">1_000</a>', XML),
    ('<a type="integer">٣</a>'.encode(), XML),
    (b'<a type="integer">1.5</a>', XML),
    (b'<a type="decimal">NaN</a>', XML),
    (b'<a type="decimal">1e9999999</a>', XML),
    (b'<a type="integer">' + b"9" * 5000 + b"</a>", XML),
    (b'<a type="float">1e999</a>', XML),
    (b'<a type="boolean">maybe</a>', XML),
    (b"[" * 100_000, JSON),
    (b'{"a":' * 100_000, JSON),
    (b"[" * 1024 + b"1" * 20 + b"]" * 1024, JSON),
    (b"1" * 400, JSON),
    (b"NaN", JSON),
    (rb'"\ud800"', JSON),
    (b"{", JSON),
    (b'{"a": "\xff"}', JSON),
    (b"{}", "text/plain"),
]


@pytest.mark.parametrize(("body", "content_type"), ATTACKS)
def test_bombs_foreign_entities_and_broken_bodies_are_undecodable(body: bytes, content_type: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'<a type="integer">secret</a>', XML),
        (b"<a>&secret;</a>", XML),
        (b"<a></secret>", XML),
        (b'{"secret"}', JSON),
        (b'"secret\xff"', JSON),
        (b"secret", "application/x-secret"),
    ],
)
def test_the_error_holds_nothing_of_the_body(body: bytes, content_type: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert "secret" not in "".join(traceback.format_exception(caught.value)).split("Undecodable:")[1]


def test_the_error_says_where() -> None:
    with pytest.raises(Undecodable, match="line 2, column 8"):
        decode('{"a": "日本",\n "日": 1,}'.encode(), JSON)
    with pytest.raises(Undecodable, match="line 2 is no integer"):
        decode(b'<a>\n<b type="integer">seven</b></a>', XML)


FRAGMENTS = st.sampled_from(
    ["<a", ">", "</a>", ' type="array"', ' nil="true"', "&amp;", "<!--", "<![CDATA[", "<?x", "1", "é"]
)
KINDS = st.sampled_from(["integer", "decimal", "float", "boolean", "datetime", "array", "string", "unheard-of"])
# Well-formed, so that what stands behind the parser is reached too.
ELEMENTS = st.recursive(
    st.builds('<a type="{}">{}</a>'.format, KINDS, st.text("0123456789.eE+-_ Naif٣", max_size=8)),
    lambda inner: st.builds('<a-b type="{}">{}</a-b>'.format, KINDS, st.lists(inner | st.just("text")).map("".join)),
)


@given(
    st.binary() | st.lists(FRAGMENTS).map(lambda parts: "".join(parts).encode()) | ELEMENTS.map(str.encode),
    st.sampled_from([JSON, XML]) | st.text(),
)
def test_no_bytes_raise_anything_but_undecodable(body: bytes, content_type: str) -> None:
    with suppress(Undecodable):
        assert decode(body, content_type) is not ...


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
def test_json_comes_back_as_it_was_written(value: Any) -> None:
    assert value == decode(json.dumps(value).encode(), JSON)
