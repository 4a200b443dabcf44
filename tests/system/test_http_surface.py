"""The public surface is what deploy/openapi.yaml says, whatever is sent."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ingress.refusals import ANSWERS
from ingress.settings import Settings
from ingress.signature import Encoding, Unverified, sign, verify
from schemas.topic import BadTopic, Topic
from tests.drawing import always_the_same
from tests.system.door import Ingress
from tests.system.processes import ingress
from tests.system.samples import SECRET, SHOP

OPENAPI: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "deploy/openapi.yaml").read_text()
)
RESPONSES = OPENAPI["paths"]["/webhooks/{app}"]["post"]["responses"]


def validate(schema: dict[str, Any], value: object) -> None:
    """Hold a value to a schema of the document."""
    Draft202012Validator(schema | {"components": OPENAPI["components"]}).validate(value)


def codes(status: str) -> set[str]:
    """Return the error codes that the document has for a status."""
    _, own = RESPONSES[status]["content"]["application/json"]["schema"]["allOf"]
    return set(own["properties"]["error"]["enum"])


def test_the_documents_error_codes_are_the_refusals_each_with_its_status() -> None:
    documented = [
        (int(status), code) for status in RESPONSES if status != "200" for code in codes(status)
    ]
    assert sorted((answer.status, code.value) for code, answer in ANSWERS.items()) == sorted(
        documented
    )
    assert (
        list(ANSWERS) == OPENAPI["components"]["schemas"]["Refusal"]["properties"]["error"]["enum"]
    )


def described(name: str) -> Draft202012Validator:
    """Return the check that the document has for a header."""
    headers = OPENAPI["paths"]["/webhooks/{app}"]["post"]["parameters"]
    (schema,) = [header["schema"] for header in headers if header["name"] == name]
    return Draft202012Validator(schema)


TOPICS = [
    "orders/create",
    "customer.tags_added",
    "a_b/c-d",
    "0/1",
    "",
    "orders",
    "Orders/create",
    "a/b/c",
    "-a/b",
    "a/_b",
]
TOPICS += ["orders/*", "ordérs/create", "a b/c", "a" * 118 + "/b", "a" * 119 + "/b"]


@pytest.mark.parametrize("written", TOPICS)
def test_what_the_document_calls_a_topic_is_taken_for_one_and_nothing_else(written: str) -> None:
    try:
        Topic.parse(written)
        is_topic = True
    except BadTopic:
        is_topic = False
    assert is_topic == described("X-Spiffy-Topic").is_valid(written)


BASE64 = sign(b"{}", b"hush")
HEX = sign(b"{}", b"hush", Encoding.HEX)


@pytest.mark.parametrize(
    "written", [BASE64, HEX, HEX.upper(), BASE64[:-1], BASE64 + "=", f"sha256={HEX}", ""]
)
def test_what_the_document_calls_a_signature_is_how_one_is_written_and_nothing_else(
    written: str,
) -> None:
    verified = []
    for encoding in Encoding:
        with suppress(Unverified):
            verified.append(verify(b"{}", written, {"one": b"hush"}, encoding))
    assert verified == (["one"] if described("X-Spiffy-Hmac-Sha256").is_valid(written) else [])


def test_the_documents_limit_of_a_body_is_the_default() -> None:
    told = OPENAPI["paths"]["/webhooks/{app}"]["post"]["requestBody"]["description"]
    assert f"{Settings.model_fields['max_body'].default / 1024**2:g} MiB at most" in told


NAMES = [
    "X-Spiffy-Topic",
    "X-Spiffy-Shop-Domain",
    "X-Spiffy-Hmac-Sha256",
    "X-Spiffy-Stores-Topic",
    "X-Shopify-Topic",
]
NAMES += [
    "Content-Type",
    "Content-Encoding",
    "traceparent",
    "X-Forwarded-For",
    "Accept",
    "Expect",
    "Host",
]
VALUES = st.sampled_from(
    ["orders/create", SHOP, "application/json", "text/xml", "gzip", "identity", "", "é" * 44]
)
# What may stand in a header at all: no control characters.
HEADERS = st.dictionaries(
    st.sampled_from(NAMES), VALUES | st.text(st.characters(min_codepoint=32, max_codepoint=126))
)
BODIES = st.sampled_from([b'{"id": 1}', b"<order/>", b"[]", b"a=b", b""]) | st.binary(max_size=200)
PATHS = st.sampled_from(
    ["/webhooks/{app}"] * 8
    + ["/webhooks", "/webhooks/nobody", "/webhooks/{app}/", "/", "/%00", "/metrics"]
)
METHODS = st.sampled_from(["POST"] * 8 + ["GET", "PUT", "OPTIONS", "DELETE"])
REQUESTS = st.tuples(METHODS, PATHS, HEADERS, BODIES, st.booleans())


def requests(count: int) -> Iterator[tuple[str, str, dict[str, str], bytes, bool]]:
    """Draw requests, signed or not: always the same ones."""
    drawn = []

    @always_the_same(count)
    @given(REQUESTS)
    def draw(request: tuple[str, str, dict[str, str], bytes, bool]) -> None:
        drawn.append(request)

    draw()
    yield ("POST", "/webhooks/{app}", {}, b"{}", True)
    yield from drawn


@pytest.fixture
async def answers(url: str, app: str) -> list[tuple[int, Any, Any]]:
    """What a real ingress answers to everything that is drawn: status, headers, content."""
    async with ingress(url, APP=app) as door:
        return [await answered(door, app, *request) for request in requests(200)]


async def answered(
    door: Ingress,
    app: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    signed: bool,
) -> tuple[int, Any, Any]:
    """Send a webhook with these headers over its own, and return what is answered."""
    dressed = {
        "X-Spiffy-Topic": "orders/create",
        "X-Spiffy-Shop-Domain": SHOP,
        "Content-Type": "application/json",
    }
    dressed |= {"X-Spiffy-Hmac-Sha256": sign(body, SECRET.encode())} if signed else {}
    target = f"http://127.0.0.1:{door.port}{path.format(app=app)}"
    async with door.session.request(method, target, data=body, headers=dressed | headers) as answer:
        return answer.status, answer.headers, await answer.json()


async def test_every_answer_is_as_documented_and_none_is_our_fault(
    answers: list[tuple[int, Any, Any]],
) -> None:
    seen = set()
    for status, headers, content in answers:
        documented = RESPONSES[str(status)]
        validate(documented["content"]["application/json"]["schema"], content)
        assert set(documented.get("headers", ())) <= set(headers)
        seen.add(content.get("error", "accepted"))
    assert "internal" not in seen
    assert {
        "accepted",
        "bad_signature",
        "bad_topic",
        "not_found",
        "method_not_allowed",
        "bad_content_type",
    } <= seen
