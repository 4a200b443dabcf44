"""Why a captured request does not verify: each known mistake is made, and must be found."""

import base64
import gzip
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingress.explain import LARGE, Captured, Explanation, Key, explain
from ingress.explaining import bodies, body_edits, file, rewritten, secrets, signatures
from ingress.explaining import signature_oddities as odd
from ingress.explaining.oddity import Oddity
from ingress.signature import Encoding, sign

SECRET = b"5ca1ab1e0ddba11c0ffee0facade5eed"
KEY = Key("current", SECRET)
BODY = '{"id":327475578523353102,"name":"Café / Äpfel & <b>","total":10.50,"b":1,"a":[]}'.encode()
GOOD = sign(BODY, SECRET)
IN_HEX = sign(BODY, SECRET, Encoding.HEX)


def explained(
    body: bytes = BODY,
    signature: str = GOOD,
    *keys: Key,
    query: str = "",
    encoding: Encoding = Encoding.BASE64,
    others: tuple[Key, ...] = (),
) -> Explanation:
    """Explain with one key, unless others are given."""
    return explain(Captured(body, signature, query), keys or (KEY,), encoding, others)


def told(explanation: Explanation) -> str:
    """Return all that is found, as one text."""
    return "\n".join(f"{one.told}; {one.way_out}" for one in explanation.findings)


def test_what_verifies_says_with_which_secret_and_finds_nothing() -> None:
    old = Key("old", b"another-secret-of-the-same-app")
    assert Explanation(verifies=True, secret="current") == explained(BODY, GOOD, old, KEY)
    in_hex = explained(signature=IN_HEX, encoding=Encoding.HEX)
    assert Explanation(verifies=True, secret="current") == in_hex


def of(digest: str) -> bytes:
    """Return the HMAC of the body by another digest."""
    return hmac.digest(SECRET, BODY, digest)


SIGNATURES = {
    "hex": (IN_HEX, odd.HEX_FOR_BASE64),
    "upper hex": (IN_HEX.upper(), odd.HEX_FOR_BASE64),
    "unpadded": (GOOD.rstrip("="), odd.UNPADDED),
    "prefix": (f"sha256={GOOD}", odd.PREFIX),
    "prefix and hex": (f"sha256={IN_HEX}", odd.PREFIX),
    "blanks": (f" {GOOD}\n", odd.BLANKS),
    "quotes": (f'"{GOOD}"', odd.QUOTES),
    "bytes of Python": (repr(GOOD.encode()), odd.QUOTES),
    "percent": (GOOD.replace("=", "%3D").replace("+", "%2B"), odd.PERCENT),
    "hex in base64": (base64.b64encode(IN_HEX.encode()).decode(), odd.HEX_IN_BASE64),
    "twice": (f"AAAA, {GOOD}", odd.SEVERAL),
    "fields": (f"t=1614265330,v1={IN_HEX}", odd.SEVERAL),
    "lines": (f"{GOOD[:30]}\n{GOOD[30:]}", odd.BROKEN),
}


@pytest.mark.parametrize(("signature", "oddity"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_that_is_written_otherwise_is_recognised(
    signature: str, oddity: Oddity
) -> None:
    explanation = explained(signature=signature)
    assert (False, "current") == (explanation.verifies, explanation.secret)
    assert oddity in explanation.findings


def with_both_marks() -> bytes:
    """Return a body whose signature has a + and a /, which URL-safe base64 writes otherwise."""
    numbered = (b'{"id":%d}' % number for number in range(1000))
    return next(body for body in numbered if {"+", "/"} <= set(sign(body, SECRET)))


def test_url_safe_base64_and_blanks_for_plus_are_recognised() -> None:
    body = with_both_marks()
    signature = sign(body, SECRET)
    url_safe = signature.replace("+", "-").replace("/", "_")
    assert (odd.URL_SAFE,) == explained(body, url_safe).findings
    assert (odd.PLUS,) == explained(body, signature.replace("+", " ")).findings


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha384", "sha512"])
@pytest.mark.parametrize("written", ["base64", "hex"])
def test_another_digest_is_recognised_by_its_length(digest: str, written: str) -> None:
    raw = of(digest)
    signature = raw.hex() if written == "hex" else base64.b64encode(raw).decode()
    found = told(explained(signature=signature))
    assert digest in found
    assert "sign with HMAC-SHA256" in found


def test_base64_and_upper_case_are_odd_where_hex_is_expected() -> None:
    in_base64 = explained(encoding=Encoding.HEX)
    assert (odd.BASE64_FOR_HEX,) == in_base64.findings
    upper = explained(signature=IN_HEX.upper(), encoding=Encoding.HEX)
    assert (odd.UPPER_HEX,) == upper.findings


TEXT = BODY.decode()
VALUE = json.loads(BODY)
LINES = b'{\n"id": 1\n}'
FORM = b"payload=%7B%22id%22%3A+1%7D&z=1"
BODIES = {
    "line end added": (BODY + b"\n", BODY, "line end stands behind the body"),
    "line end missing": (BODY, BODY + b"\n", "the line end behind the signed body is missing"),
    "CRLF missing": (BODY, BODY + b"\r\n", "the line end behind the signed body is missing"),
    "LF of CRLF": (LINES, LINES.replace(b"\n", b"\r\n"), "became LF"),
    "CRLF of LF": (LINES.replace(b"\n", b"\r\n"), LINES, "became CRLF"),
    "blanks": (b"  " + BODY, BODY, "blanks stand around the body"),
    "BOM added": (b"\xef\xbb\xbf" + BODY, BODY, "byte order mark stands before"),
    "BOM missing": (BODY, b"\xef\xbb\xbf" + BODY, "byte order mark before the signed body"),
    "Latin-1 signed": (BODY, TEXT.encode("latin-1"), "signed in Latin-1"),
    "UTF-8 signed": (TEXT.encode("latin-1"), BODY, "signed in UTF-8"),
    "Windows-1252 signed": ("{“x”}".encode(), "{“x”}".encode("cp1252"), "Windows-1252"),
    "UTF-16 signed": (BODY, TEXT.encode("utf-16-le"), "signed in UTF-16"),
    "empty signed": (BODY, b"", "an empty body was signed"),
    "field of a form": (FORM, b'{"id": 1}', "one field of the form"),
    "form in order": (b"b=2&a=1", b"a=1&b=2", "fields in order"),
    "percent-encoded": (b"%7B%7D", b"{}", "percent-encoded"),
    "HTML": (b"{&quot;a&quot;: 1}", b'{"a": 1}', "escaped as HTML"),
    "chunked": (b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n', b'{"a":1}', "sizes of its chunks"),
    "compressed": (gzip.compress(BODY), BODY, "compressed"),
    "with headers": (b"Host: x\r\nA: b\r\n\r\n" + BODY, BODY, "headers before the body"),
    "twice encoded": (json.dumps(TEXT).encode(), BODY, "encoded twice"),
    "signed twice encoded": (BODY, json.dumps(TEXT).encode(), "encoded twice"),
}


@pytest.mark.parametrize(("body", "signed", "says"), BODIES.values(), ids=BODIES)
def test_a_body_that_was_another_when_it_was_signed_is_recognised(
    body: bytes, signed: bytes, says: str
) -> None:
    explanation = explained(body, sign(signed, SECRET))
    assert "current" == explanation.secret
    (finding,) = explanation.findings
    assert says in finding.told
    assert finding.way_out


def in_javascript(value: str) -> str:
    """Return the body as JavaScript writes it, where 2^53 is the last integer that it knows."""
    return value.replace("327475578523353102", "327475578523353100").replace("10.50", "10.5")


COMPACT = (",", ":")
WRITERS = {
    "JavaScript": (in_javascript(TEXT), "numbers as JavaScript"),
    "Python": (json.dumps(VALUE), "Python's json.dumps"),
    "Python, sorted": (json.dumps(VALUE, sort_keys=True), "its keys sorted"),
    "PHP": (
        json.dumps(VALUE, separators=COMPACT).replace("/", "\\/").replace("10.5,", "10.50,"),
        "PHP's json_encode",
    ),
    "Rails": (
        TEXT.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        "Rails or Go",
    ),
    "indented": (json.dumps(VALUE, indent=2, ensure_ascii=False), "indented by two"),
    "indented by four": (json.dumps(VALUE, indent=4, ensure_ascii=False), "indented by four"),
    "tabs": (json.dumps(VALUE, indent="\t", ensure_ascii=False), "indented by tabs"),
    "upper-case escapes": (
        TEXT.replace("é", "\\u00E9").replace("Ä", "\\u00C4"),
        "all but ASCII as \\U",
    ),
}


@pytest.mark.parametrize(("signed", "says"), WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("end", ["", "\n"], ids=["", "with a line end"])
def test_json_that_was_parsed_and_written_again_names_the_way_in_which_it_was_written(
    signed: str, says: str, end: str
) -> None:
    assert signed.encode() != BODY
    explanation = explained(BODY, sign((signed + end).encode(), SECRET))
    assert "current" == explanation.secret
    assert says in told(explanation)
    assert "before anything parses them" in told(explanation)


SECRETS = {
    "blanks given": (b" " + SECRET + b"\n", SECRET, "blanks stand around the secret"),
    "quotes given": (b'"' + SECRET + b'"', SECRET, "quotes stand around the secret"),
    "name given": (b"current:" + SECRET, SECRET, "begins with a name"),
    "line end signed": (SECRET, SECRET + b"\n", "a line end behind it"),
    "blank signed": (SECRET, SECRET + b" ", "a blank behind"),
    "quotes signed": (SECRET, b"'" + SECRET + b"'", "quotes around it"),
    "base64": (base64.b64encode(b"\xff" * 30), b"\xff" * 30, "is base64"),
    "URL-safe base64": (base64.urlsafe_b64encode(b"\xff" * 30), b"\xff" * 30, "URL-safe"),
    "hex": (SECRET, bytes.fromhex(SECRET.decode()), "is hex"),
    "Standard Webhooks": (
        b"whsec_" + base64.b64encode(b"\xfe" * 24), b"\xfe" * 24, "Standard Webhooks",
    ),
    "upper case": (SECRET, SECRET.upper(), "in upper case"),
    "percent-encoded": (b"a%26b", b"a&b", "percent-encoded"),
    "HTML": (b"a&b", b"a&amp;b", "HTML"),
    "Latin-1": ("geheimnüß".encode(), "geheimnüß".encode("latin-1"), "Latin-1"),
    "empty": (SECRET, b"", "empty secret"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "signing", "says"), SECRETS.values(), ids=SECRETS)
def test_a_secret_that_is_used_otherwise_is_recognised_and_not_shown(
    given: bytes, signing: bytes, says: str
) -> None:
    explanation = explained(BODY, sign(BODY, signing), Key("current", given))
    assert "current" == explanation.secret
    assert says in told(explanation)
    assert given.decode().strip() not in told(explanation)


def test_another_secret_of_the_app_and_one_of_another_app_are_told_apart() -> None:
    ours = Key("previous", b"what the app has besides")
    theirs = Key("main", b"what another app has", "other")
    of_ours = explained(BODY, sign(BODY, ours.secret), others=(ours, theirs))
    of_theirs = explained(BODY, sign(BODY, theirs.secret), others=(ours, theirs))
    assert "another secret of the app, previous" in told(of_ours)
    assert "of another app: main of other" in told(of_theirs)
    assert "/webhooks/other" in told(of_theirs)
    assert "what a" not in told(of_theirs)


QUERIES = {
    "as it is": "shop=a.example&timestamp=1",
    "behind the question mark": "?shop=a.example&timestamp=1",
    "with its signature": "timestamp=1&hmac=abc&shop=a.example",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_string_that_was_signed_in_place_of_the_body_is_recognised(query: str) -> None:
    signature = sign(b"shop=a.example&timestamp=1", SECRET, Encoding.HEX)
    assert bodies.QUERY in explained(signature=signature, query=query).findings


def test_the_vendors_app_proxy_is_recognised_by_its_own_vector() -> None:
    signature = "a8ffddcc6793c8dbeee695a89a280e9dadd2a288d2454886129b643ef9360cc8"
    query = (
        f"store=some-random-store.spiffystores.com&signature={signature}"
        "&path_prefix=%2Fapps%2Fmy-app&timestamp=1466106083"
    )
    explanation = explained(b"{}", signature, Key("it", b"secret"), query=query)
    assert bodies.QUERY in explanation.findings


def test_several_mistakes_at_once_are_told_the_likeliest_first() -> None:
    quoted = Key("current", b"'" + SECRET + b"'")
    python = json.dumps(VALUE).encode()
    signature = "sha256=" + sign(python, SECRET, Encoding.HEX)
    explanation = explained(BODY, signature, quoted)
    rarities = [one.rarity for one in explanation.findings]
    assert 4 == len(rarities)
    assert sorted(rarities) == rarities


def test_of_several_explanations_the_one_with_the_least_oddities_is_told() -> None:
    lists = b"[1]"
    explanation = explained(lists, sign(b"[1]\n", SECRET))
    assert (body_edits.NO_NEWLINE,) == explanation.findings


HINTS = {
    "no signature": (BODY, "", "there is no signature"),
    "the sample of the documentation": (BODY, signatures.SAMPLE, "documentation shows"),
    "unreadable": (BODY, "?", "neither base64 nor hex"),
    "hex": (BODY, "ab" * 32, "is in hex"),
    "empty": (b"", GOOD, "the body is empty"),
    "replaced": ("{\ufffd}".encode(), GOOD, "U+FFFD"),
    "cut off": (BODY[:-3], GOOD, "cut off"),
    "all in order": (BODY, sign(BODY, b"unknown"), "a secret that is not given here"),
}


@pytest.mark.parametrize(("body", "signature", "says"), HINTS.values(), ids=HINTS)
def test_what_fits_in_no_way_is_told_what_is_seen_of_it(
    body: bytes, signature: str, says: str
) -> None:
    explanation = explained(body, signature)
    assert not explanation.is_proven
    assert says in explanation.findings[0].told
    assert all(one.way_out for one in explanation.findings)


def test_a_request_without_a_signature_is_told_whose_headers_it_has() -> None:
    explanation = explain(Captured(BODY, "", families=("github",)), (KEY,))
    assert "headers of github" in told(explanation)


def test_a_large_body_is_tried_in_every_way_of_writing_it_too() -> None:
    large = {"items": [{"id": number, "note": "é"} for number in range(5_000)]}
    body = json.dumps(large, separators=COMPACT, ensure_ascii=False).encode()
    signed = json.dumps(large).encode()
    assert "Python's json.dumps" in told(explained(body, sign(signed, SECRET)))


def test_a_large_body_that_was_changed_is_tried_with_each_secret_as_it_is_given_alone() -> None:
    large = b"[" + b"1," * LARGE + b"1]"
    assert explained(large, sign(large, SECRET + b"\n")).is_proven
    assert explained(large + b"\n", sign(large, SECRET)).is_proven
    assert not explained(large + b"\n", sign(large, SECRET + b"\n")).is_proven


bytes_of_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
headers = st.binary(max_size=200).map(lambda raw: raw.decode(errors="surrogateescape"))


@settings(deadline=None)
@given(st.binary() | bytes_of_json, headers, st.binary(), headers)
def test_no_bytes_raise_and_no_secret_is_told(
    body: bytes, signature: str, secret: bytes, query: str
) -> None:
    key = Key("it", b"known-by-its-look" + secret)
    explanation = explained(body, signature, key, query=query)
    assert "known-by-its-look" not in told(explanation)
    assert explanation.verifies or explanation.findings


@settings(deadline=None)
@given(bytes_of_json)
def test_every_way_of_writing_json_says_the_same(body: bytes) -> None:
    value = json.loads(body, parse_int=float)
    *variants, as_one_text = rewritten.rewritten(body)
    assert body.decode() == json.loads(as_one_text.value)

    if isinstance(value, str):
        del variants[0]  # what is within the text
    for variant in variants:
        again = json.loads(variant.value.decode(errors="surrogatepass"), parse_int=float)
        assert json.dumps(value, sort_keys=True) == json.dumps(again, sort_keys=True)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"1" * 10_000, b"1e999", b"NaN", b'"\\ud800"'])
def test_json_at_its_limits_does_not_raise(body: bytes) -> None:
    assert not explained(body, GOOD).verifies


@given(st.binary())
def test_every_reading_of_a_secret_is_bytes(secret: bytes) -> None:
    values = [variant.value for variant in secrets.variants(secret)]
    assert secret == values[0]
    assert all(isinstance(value, bytes) for value in values)


@given(st.binary())
def test_any_file_is_read(content: bytes) -> None:
    for beginning in (b"", b"POST /x?a=b HTTP/1.1\r\n", b"=> Send header, 5 bytes (0x5)\n0000: "):
        whole = file.read(beginning + content)
        assert isinstance(whole.body, bytes)


def test_a_digest_of_every_size_that_is_known_is_made() -> None:
    sizes = {hashlib.new(name).digest_size: name for name in odd.DIGESTS.values()}
    assert odd.DIGESTS == sizes
