"""Whichever way a platform signs: vectors that vendors have published, and where one has not, its
documented algorithm, computed here and not by us.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.platform import Platform
from ingress.platforms import PLATFORMS
from ingress.prove import BadKey, Keys, key_of, proof_of
from ingress.refusals import Refusal
from ingress.scheme import MOST_ENTRIES, KeyForm
from ingress.signature import Encoding, Unverified
from tests.ingress.platform_bodies import SAMPLES

Headers = dict[str, str]


class Vector(NamedTuple):
    """A signed request that somebody else has made; `at`: when, in seconds since 1970."""

    platform: str
    secret: bytes
    headers: Headers
    body: bytes
    at: int = 0
    address: str = ""


def by_hand(secret: bytes, text: bytes) -> Any:
    """Return the HMAC-SHA256 by the standard library's other road to it."""
    return hmac.new(secret, text, hashlib.sha256)


def of_stripe() -> Vector:
    """docs.stripe.com/webhooks, "Verify webhook signatures manually": `t=…`, `v1=…` and
    others; the signed text is the timestamp, a dot, the body. No vector with a secret is published.
    """
    body, secret = SAMPLES["stripe"].body, b"whsec_test_secret"
    signature = by_hand(secret, b"1492774577." + body).hexdigest()
    old = "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
    header = f"t=1492774577,v0={old},v1={signature}"
    return Vector("stripe", secret, {"Stripe-Signature": header}, body, 1492774577)


def of_woocommerce() -> Vector:
    """woocommerce, includes/class-wc-webhook.php, generate_signature: base64 of the raw HMAC-SHA256
    of the payload.
    """
    secret = b"wc_webhook_secret"
    body = b'{"id":727,"status":"processing"}'
    signature = base64.b64encode(by_hand(secret, body).digest()).decode()
    return Vector("woocommerce", secret, {"X-WC-Webhook-Signature": signature}, body)


def of_bigcommerce() -> Vector:
    """Standard Webhooks, whose library is given the base64 of the client secret: the key is the
    client secret as it is (hookdeck/webhook-skills, bigcommerce-webhooks/references/verification).
    """
    body, secret = SAMPLES["bigcommerce"].body, b"test_client_secret_value"
    signature = base64.b64encode(by_hand(secret, b"msg_test_123.1700000000." + body).digest())
    headers = {
        "webhook-id": "msg_test_123",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{signature.decode()}",
    }
    return Vector("bigcommerce", secret, headers, body, 1700000000)


VECTORS = [
    # facts/platform.md 2.5: Shopify/shopify_app webhook_verification_test.rb
    Vector(
        "spiffy", b"secret",
        {"X-Spiffy-Hmac-Sha256": "yCGX/RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI="}, b"foo=anything",
    ),
    # Shopify/shopify-app-js validate.test.ts
    Vector(
        "shopify", b"test_secret_key",
        {"X-Shopify-Hmac-Sha256": "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="},
        b'{"foo": "bar"}',
    ),
    # docs.github.com, "Validating webhook deliveries", Testing the webhook payload validation
    Vector(
        "github", b"It's a Secret to Everybody",
        {"X-Hub-Signature-256":
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
    ),
    of_stripe(),
    # standard-webhooks/standard-webhooks, libraries/go/webhook_test.go
    Vector(
        "standard-webhooks", b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
            "webhook-signature": "v1a,dGhpcw== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}', 1614265330,
    ),
    # api.slack.com/authentication/verifying-requests-from-slack, the step-by-step walk-through
    Vector(
        "slack", b"8f742231b10e8888abcd99yyyzzz85a5",
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature":
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
        b"G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-c"
        b"ollect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F39770088"
        b"5554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c44"
        b"7fce8b6703c",
        1531420618,
    ),
    of_woocommerce(),
    of_bigcommerce(),
    # PaddleHQ/paddle-python-sdk, tests/Unit/Notification/test_Verifier.py: two h1, the second fits
    Vector(
        "paddle", b"pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_WvRO0eL4Bj9rgYYIBZY6wZhG4EHy9jzh",
        {"Paddle-Signature":
         "ts=1696195954;h1=dummy;"
         "h1=d96299976a6eb066f484d7fde011ac56fc32b38fc9940bc419d6e537fdc6ef02"},
        b"hello-world", 1696195954,
    ),
    # square/square-python-sdk, tests/test_webhooks_helper.py
    Vector(
        "square", b"Ibxx_5AKakO-3qeNVR61Dw",
        {"X-Square-HmacSha256-Signature": "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="},
        SAMPLES["square"].body, 0, "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
    ),
]  # fmt: skip


def encoding_of(platform: Platform) -> Encoding:
    """Return how the platform writes its digests."""
    return platform.scheme.encodings[0]


def proven(vector: Vector, *, late: float = 0, **secrets: bytes) -> str:
    """Return the name of the secret that a vector was signed with, some seconds after it was."""
    platform = PLATFORMS[vector.platform]
    keys = Keys(secrets or {"it": vector.secret}, encoding_of(platform), vector.address)
    prove = proof_of(platform, keys, clock=lambda: vector.at + late)
    return prove(vector.body, platform.read(vector.headers.items()))


def refused(vector: Vector, *, late: float = 0, **secrets: bytes) -> Refusal:
    """Return why a vector is refused."""
    with pytest.raises(Unverified) as caught:
        proven(vector, late=late, **secrets)
    return caught.value.reason


each = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.platform)
TIMED = [one for one in VECTORS if PLATFORMS[one.platform].scheme.is_timed]
each_timed = pytest.mark.parametrize("vector", TIMED, ids=lambda vector: vector.platform)


def test_there_is_a_vector_of_each_platform() -> None:
    assert [*PLATFORMS] == [vector.platform for vector in VECTORS]


@each
def test_what_the_vendor_has_signed_is_proven_and_its_secret_named(vector: Vector) -> None:
    another = b"AAAA" if vector.platform == "standard-webhooks" else b"another"
    assert "it" == proven(vector, another=another, it=vector.secret)


@each
def test_another_secret_and_another_body_prove_nothing(vector: Vector) -> None:
    another = b"AAAA" if vector.platform == "standard-webhooks" else b"another"
    assert Refusal.BAD_SIGNATURE == refused(vector, another=another)
    assert Refusal.BAD_SIGNATURE == refused(vector._replace(body=vector.body + b" "))


def altered(vector: Vector) -> Iterator[Headers]:
    """Yield the headers with each one missing, said twice, emptied, cut, or of no ASCII."""
    for name, value in vector.headers.items():
        others = {key: other for key, other in vector.headers.items() if key != name}
        yield others
        for text in (f"{value}, {value}", "", " ", value[:-1], value + "=", "é" * 44, "\udcff"):
            yield {**others, name: text}


@each
def test_no_header_that_is_missing_or_said_otherwise_proves_anything(vector: Vector) -> None:
    wrong = {Refusal.MISSING_SIGNATURE, Refusal.BAD_SIGNATURE}
    for headers in altered(vector):
        assert refused(vector._replace(headers=headers)) in wrong


def test_what_is_signed_and_missing_is_told_as_a_missing_signature() -> None:
    for platform, name in [("bigcommerce", "webhook-id"), ("slack", "X-Slack-Request-Timestamp")]:
        (vector,) = [one for one in VECTORS if one.platform == platform]
        others = {key: value for key, value in vector.headers.items() if key != name}
        assert Refusal.MISSING_SIGNATURE == refused(vector._replace(headers=others))


@each_timed
def test_a_signed_time_counts_for_five_minutes_either_way(vector: Vector) -> None:
    assert ["it", "it"] == [proven(vector, late=late) for late in (300, -300)]
    stale = [refused(vector, late=late) for late in (301, -301)]
    assert [Refusal.STALE_SIGNATURE, Refusal.STALE_SIGNATURE] == stale


@each_timed
def test_who_cannot_sign_is_not_told_that_the_time_is_wrong_too(vector: Vector) -> None:
    forged = vector._replace(body=b"{}")
    assert Refusal.BAD_SIGNATURE == refused(forged, late=9_999)


def test_two_timestamps_and_more_entries_than_anybody_sends_prove_nothing() -> None:
    stripe = of_stripe()
    header = stripe.headers["Stripe-Signature"]
    many = ",".join(["v1=00"] * MOST_ENTRIES)
    for text in (f"t=1492774577,{header}", f"{header},{many}", header.replace("t=", "t=+")):
        told = refused(stripe._replace(headers={"Stripe-Signature": text}))
        assert Refusal.BAD_SIGNATURE == told


def test_an_address_that_differs_by_a_slash_is_another() -> None:
    (square,) = [one for one in VECTORS if one.platform == "square"]
    assert Refusal.BAD_SIGNATURE == refused(square._replace(address=square.address + "/"))


@pytest.mark.parametrize("secret", [b"", b"whsec_", b"whsec_!", b"no base64", b"\xff\xff"])
def test_a_secret_that_is_no_key_of_standard_webhooks_is_refused(secret: bytes) -> None:
    with pytest.raises(BadKey, match="is not base64"):
        key_of(secret, KeyForm.WHSEC)


@given(st.sampled_from(VECTORS), st.text(max_size=80))
def test_whatever_stands_in_the_signature_header_is_refused_and_raises_nothing_else(
    vector: Vector, text: str
) -> None:
    name, *_ = PLATFORMS[vector.platform].signature_headers
    headers = {key.lower(): value for key, value in vector.headers.items()} | {name: text}
    assert refused(vector._replace(headers=headers)) in Refusal
