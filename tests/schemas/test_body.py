"""From bytes to plain data, and nothing but Undecodable from bytes that are none."""

import json
import traceback
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.body import MAX_DEPTH, Format, Undecodable, begins_as, decode, format_of
from tests.schemas.bombs import BILLION_LAUGHS, QUADRATIC

JSON = "application/json"
XML = "application/xml"


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
        ("application/json, application/json; charset=utf-8", Format.JSON),  # joined by a proxy
        ("application/json, application/xml", None),
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
        ("<a/>".encode("utf-16-be"), Format.XML, True),
        (b"\xef\xbb\xbf{", Format.JSON, True),
        ("{}".encode("utf-16"), Format.JSON, True),
        ("\n[]".encode("utf-32-be"), Format.JSON, True),
        ("a={".encode("utf-16"), Format.JSON, False),
        (b"{}", Format.XML, False),
        (b"a=<b>", Format.XML, False),
    ],
)
def test_a_body_is_known_by_how_it_begins(body: bytes, fmt: Format, begins: bool) -> None:
    assert begins == begins_as(body, fmt)


ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("blanks", ["", "\n", " \r\n\t"])
@pytest.mark.parametrize(
    ("text", "fmt", "value"),
    [
        ('{"id": "日本é"}', Format.JSON, {"id": "日本é"}),
        (
            '<?xml version="1.0" encoding="UTF-8"?><order><id>日本é</id></order>',
            Format.XML,
            {"order": {"id": "日本é"}},
        ),
        ("<order><id>日本é</id></order>", Format.XML, {"order": {"id": "日本é"}}),
    ],
)
def test_what_editors_and_proxies_put_before_a_body_passes_the_door_and_is_read(
    encoding: str, blanks: str, text: str, fmt: Format, value: Any
) -> None:
    body = (blanks + text).encode(encoding)
    assert begins_as(body, fmt)
    assert value == decode(body, f"application/{fmt}")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<a>é “x”</a>".encode("cp1252"), "application/xml; charset=ISO-8859-1"),
        ("<a>é “x”</a>".encode("cp1252"), 'text/xml;Charset="windows-1252"'),
        ('<?xml version="1.0" encoding="windows-1252"?><a>é “x”</a>'.encode("cp1252"), XML),
        # The header, added by a framework, says UTF-8 of what is none.
        (
            '<?xml version="1.0" encoding="windows-1252"?><a>é “x”</a>'.encode("cp1252"),
            f"{XML}; charset=utf-8",
        ),
        (
            '<?xml version="1.0" encoding="ISO-8859-1"?><a>é “x”</a>'.encode(),
            f"{XML}; charset=utf-8",
        ),
        (
            '<?xml version="1.0" encoding="UTF-8"?><a>é “x”</a>'.encode(),
            f"{XML}; charset=iso-8859-1",
        ),
        ('<?xml version="1.0" encoding="UTF-16"?><a>é “x”</a>'.encode(), XML),
        ('<?xml version="1.0" encoding="none"?><a>é “x”</a>'.encode(), XML),
        ("<a>é “x”</a>".encode(), f"{XML}; charset=zlib"),
        ('{"a": "é “x”"}'.encode(), f"{JSON}; charset=iso-8859-1"),
        ('{"a": "é “x”"}'.encode("cp1252"), f"{JSON}; charset=iso-8859-1"),
    ],
)
def test_the_charset_is_the_one_that_fits_of_those_that_were_named(
    body: bytes, content_type: str
) -> None:
    assert {"a": "é “x”"} == decode(body, content_type)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rb'{"a": "cut \ud83d"}', JSON),
        (rb'{"a": "cut \udc8d"}', JSON),
        (b'{"a": "cut \xf0\x9f\x92"}', JSON),
        (b"<a>cut \xf0\x9f\x92</a>", XML),
        (b"<a>cut &#xD83D;</a>", XML),
        (b"<a>cut &#55357;</a>", XML),
        (b"<a>cut &#0;</a>", XML),
        (b"<a>cut \x1f</a>", XML),
    ],
)
def test_half_a_character_is_replaced_as_in_browsers(body: bytes, content_type: str) -> None:
    assert {"a": "cut \ufffd"} == decode(body, content_type)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),  # an escaped backslash begins no escape
        (rb'"\ud83d\ud83d\udc8d"', "\ufffd\U0001f48d"),
        (rb'"\ud83d\n\u00e9"', "\ufffd\né"),
        (b'"a\tb\nc\x01"', "a\tb\nc\x01"),
        (b"[NaN, Infinity, -Infinity, 1]", [None, None, None, 1]),
        (b"1" * 5000, "1" * 5000),
        (b"[1e400, 1]", ["1e400", 1]),
        (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
    ],
)
def test_json_that_is_not_quite_json_is_read_where_nothing_else_can_be_meant(
    body: bytes, value: Any
) -> None:
    assert value == decode(body, JSON)


def nested(depth: int, inner: str = "1") -> str:
    """Return JSON of arrays and objects in turn."""
    opened = "".join('[{"a":'[at % 2 :][: 1 if at % 2 == 0 else 5] for at in range(depth))
    return opened + inner + "".join("]}"[at % 2] for at in reversed(range(depth)))


@pytest.mark.parametrize(
    "inner", ["1", "1" * 20, r'"\ud83d"', '"[[[{{{\\"["'], ids=["plain", "long", "half", "text"]
)
def test_json_is_as_deep_as_we_say_on_every_way_of_reading_it(inner: str) -> None:
    assert decode(nested(MAX_DEPTH, inner).encode(), JSON)
    for depth in (MAX_DEPTH + 1, 500, 990, 1_100, 100_000):
        with pytest.raises(Undecodable, match=f"deeper than {MAX_DEPTH}"):
            decode(nested(depth, inner).encode(), JSON)
    with pytest.raises(Undecodable, match=f"deeper than {MAX_DEPTH}"):
        decode(b"[" * 500, JSON)


def test_many_brackets_beside_each_other_or_in_texts_are_not_deep() -> None:
    body = json.dumps([[{"a": []}] * 300, "[{" * 300, '\\"[' * 300])
    assert json.loads(body) == decode(body.encode(), JSON)


@pytest.mark.parametrize(
    "number", [327475578523353102, 2**64 - 1, 2**64 + 1, -(2**63) - 1, 10**300 + 1]
)
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
        (
            '<rows type="array">'
            '<row type="array"/><row type="array"><id>1</id></row><row nil="true"/>'
            "</rows>"
        ),
        [[], ["1"], None],
    ),
    ('<box><item type="array"/><item>b</item></box>', {"item": [[], "b"]}),
    ('<box xmlns:s="urn:s"><s:line-item>a</s:line-item></box>', {"line_item": "a"}),
    ("<address><first-name>Frodo</first-name></address>", {"first_name": "Frodo"}),
    ("<box><!-- b --><?pi c?><item>a</item></box>", {"item": "a"}),
    ("<box><item>a</item><item>b</item><item>c</item></box>", {"item": ["a", "b", "c"]}),
    ('<id type="unheard-of">7</id>', "7"),
    ('<risk type="float">NaN</risk>', None),
    ('<risk type="decimal">-Infinity</risk>', None),
    # What is none of its type stays text, for whoever reads the field.
    ('<id type="integer">seven</id>', "seven"),
    ('<id type="integer">1_000</id>', "1_000"),
    ('<id type="integer">٣</id>', "٣"),
    ('<id type="integer">1.5</id>', "1.5"),
    ('<id type="integer">NaN</id>', "NaN"),
    ('<price type="decimal">1e9999999</price>', "1e9999999"),
    ('<rate type="float">1e999</rate>', "1e999"),
    ('<test type="boolean">maybe</test>', "maybe"),
    ('<id type="integer">' + "9" * 5000 + "</id>", "9" * 5000),
]


@pytest.mark.parametrize(("element", "value"), XML_VALUES)
def test_rails_xml_becomes_what_json_would_have_been(element: str, value: Any) -> None:
    decoded = decode(f"<order>{element}</order>".encode(), XML)
    assert [value] == list(decoded["order"].values())
    assert "-" not in next(iter(decoded["order"]))


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
    (b"[" * 100_000, JSON),
    (b'{"a":' * 100_000, JSON),
    (b"[" * 1024 + b"1" * 20 + b"]" * 1024, JSON),
    (b"{", JSON),
    (b"{}", "text/plain"),
]


@pytest.mark.parametrize(("body", "content_type"), ATTACKS)
def test_bombs_foreign_entities_and_broken_bodies_are_undecodable(
    body: bytes, content_type: str
) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<a>&secret;</a>", XML),
        (b"<a></secret>", XML),
        (b'{"secret"}', JSON),
        (b'"secret\xff', JSON),
        (b"secret", "application/x-secret"),
    ],
)
def test_the_error_holds_nothing_of_the_body(body: bytes, content_type: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body, content_type)
    assert (
        "secret" not in "".join(traceback.format_exception(caught.value)).split("Undecodable:")[1]
    )


def test_the_error_says_where() -> None:
    with pytest.raises(Undecodable, match="line 2, column 7"):
        decode('{"a": "日本",\n "日": x}'.encode(), JSON)
    with pytest.raises(Undecodable, match="line 3"):
        decode(b'\n<?xml version="1.0"?>\n<a></b>', XML)


FRAGMENTS = st.sampled_from(
    [
        "<a",
        ">",
        "</a>",
        ' type="array"',
        ' nil="true"',
        "&amp;",
        "<!--",
        "<![CDATA[",
        "<?x",
        "1",
        "é",
    ]
)
KINDS = st.sampled_from(
    ["integer", "decimal", "float", "boolean", "datetime", "array", "string", "unheard-of"]
)
# Well-formed, so that what stands behind the parser is reached too.
ELEMENTS = st.recursive(
    st.builds('<a type="{}">{}</a>'.format, KINDS, st.text("0123456789.eE+-_ Naif٣", max_size=8)),
    lambda inner: st.builds(
        '<a-b type="{}">{}</a-b>'.format, KINDS, st.lists(inner | st.just("text")).map("".join)
    ),
)


@given(
    st.binary()
    | st.lists(FRAGMENTS).map(lambda parts: "".join(parts).encode())
    | ELEMENTS.map(str.encode),
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
