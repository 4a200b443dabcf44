"""Signatures, held against vectors that others have published (sources: facts/platform.md, section
2.5).
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.refusals import Refusal
from ingress.signature import Encoding, Unverified, sign, verify

VECTORS = [
    # Shopify/shopify_app webhook_verification_test.rb
    (
        b"secret", b"foo=anything", "yCGX/RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI=",
        "c82197fd1acae1f72e36daf7ced939b501ac3818dc0331e918b74c52b6d5f322",
    ),
    # Shopify/shopify-app-js validate.test.ts
    (
        b"test_secret_key", b'{"foo": "bar"}', "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g=",
        "076ded5cdebcd60674a8858d46b82dcc113d5d20e8e72694bbac1f9a1bb76bb8",
    ),
    # SatelCreative/spylib test_authentication.py
    (
        b"secret", b"message", "i19IcCmVwVmMVz2x4hhmqbgl1KeU0WnXBgoDYFeWNgs=",
        "8b5f48702995c1598c573db1e21866a9b825d4a794d169d7060a03605796360b",
    ),
    # RFC 4231, case 2
    (
        b"Jefe", b"what do ya want for nothing?", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "body", "as_base64", "as_hex"), VECTORS)
def test_published_vectors_verify_in_either_encoding(
    secret: bytes, body: bytes, as_base64: str, as_hex: str
) -> None:
    assert "it" == verify(body, as_base64, {"other": b"no", "it": secret})
    assert "it" == verify(body, as_hex, {"it": secret}, Encoding.HEX)
    assert (as_base64, as_hex) == (sign(body, secret), sign(body, secret, Encoding.HEX))


# Spiffy's app proxy signs query strings in hex with the same secret (spiffy_stores_app
# app_proxy_verification_test.rb).
PROXY = b"path_prefix=/apps/my-appstore=some-random-store.spiffystores.comtimestamp=1466106083"
PROXY_HEX = "a8ffddcc6793c8dbeee695a89a280e9dadd2a288d2454886129b643ef9360cc8"


def test_a_signed_query_string_passes_only_where_hex_is_asked_for() -> None:
    assert "s" == verify(PROXY, PROXY_HEX, {"s": b"secret"}, Encoding.HEX)
    with pytest.raises(Unverified) as caught:
        verify(PROXY, PROXY_HEX, {"s": b"secret"})
    assert Refusal.BAD_SIGNATURE == caught.value.reason


GOOD = sign(b"{}", b"secret")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", Refusal.MISSING_SIGNATURE),
        ("   ", Refusal.MISSING_SIGNATURE),
        ("XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM=", Refusal.BAD_SIGNATURE),
        (GOOD[:-1], Refusal.BAD_SIGNATURE),
        (GOOD + "=", Refusal.BAD_SIGNATURE),
        ("é" * 44, Refusal.BAD_SIGNATURE),
        ("\udcff" * 44, Refusal.BAD_SIGNATURE),
        ("-" * 44, Refusal.BAD_SIGNATURE),
        ("A" * 44, Refusal.BAD_SIGNATURE),
        (sign(b"{}", b"secret", Encoding.HEX), Refusal.BAD_SIGNATURE),
    ],
)
def test_what_does_not_prove_the_body_is_refused_with_its_reason(
    header: str, reason: Refusal
) -> None:
    with pytest.raises(Unverified) as caught:
        verify(b"{}", header, {"s": b"secret"})
    assert reason == caught.value.reason


@given(
    st.binary(max_size=300),
    st.dictionaries(st.text(), st.binary(min_size=1), min_size=1),
    st.data(),
)
def test_the_secret_that_signed_is_named(
    body: bytes, secrets: Mapping[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(secrets)))
    assert secrets[name].rstrip(b"\0") == secrets[
        verify(body, sign(body, secrets[name]), secrets)
    ].rstrip(b"\0")


LIKE_A_DIGEST = st.text("abcXYZ019+/=-é", min_size=44, max_size=44) | st.text(
    "0123456789abcdefgé", min_size=64, max_size=64
)


@given(st.binary(max_size=99), st.text(max_size=80) | LIKE_A_DIGEST, st.sampled_from(Encoding))
def test_no_header_raises_anything_but_unverified_on_any_body(
    body: bytes, header: str, encoding: Encoding
) -> None:
    with pytest.raises(Unverified):
        verify(body, header, {"s": b"secret"}, encoding)


@pytest.mark.parametrize("signed_with", [b"first", b"second", b"neither"])
def test_every_secrets_digest_is_compared_in_constant_time_whichever_matches(
    monkeypatch: pytest.MonkeyPatch, signed_with: bytes
) -> None:
    secrets, compared = {"a": b"first", "b": b"second"}, []
    genuine = hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return genuine(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    with suppress(Unverified):
        verify(b"{}", sign(b"{}", signed_with), secrets)
    claimed = sign(b"{}", signed_with).encode()
    assert [(sign(b"{}", secret).encode(), claimed) for secret in secrets.values()] == compared
