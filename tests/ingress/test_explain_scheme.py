"""Why a captured request does not verify, of platforms that sign more than the body."""

from dataclasses import replace

import pytest

from ingress.explain import Captured, Explanation, Key
from ingress.explain_scheme import Case, explain_case
from ingress.explaining import signature_oddities as odd
from ingress.platforms import PLATFORMS
from tests.ingress.test_prove import VECTORS, Vector, encoding_of


def case(vector: Vector, **headers: str) -> Case:
    """Return a vector as it was captured, with other headers where some are given."""
    platform = PLATFORMS[vector.platform]
    written = {name.lower(): value for name, value in vector.headers.items()}
    written |= {name.replace("_", "-"): value for name, value in headers.items()}
    claims = platform.read([(name, value) for name, value in written.items() if value])
    captured = Captured(vector.body, claims.signature)
    keys = [Key("it", vector.secret)]
    return Case(platform, claims, captured, keys, (), encoding_of(platform), vector.address)


def told(explanation: Explanation) -> str:
    """Return what is found, as one text."""
    return "\n".join(one.told for one in explanation.findings)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.platform)
def test_what_was_signed_years_ago_verifies_still(vector: Vector) -> None:
    assert Explanation(verifies=True, secret="it") == explain_case(case(vector))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.platform)
def test_a_body_that_was_changed_on_its_way_is_found_out(vector: Vector) -> None:
    changed = case(vector._replace(body=vector.body + b"\n"))
    explanation = explain_case(changed)
    assert explanation.is_proven
    assert "line end" in told(explanation)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.platform)
def test_a_secret_of_another_app_is_found_out(vector: Vector) -> None:
    others = [Key("theirs", vector.secret, "other")]
    another = b"AAAA" if vector.platform == "standard-webhooks" else b"another"
    explanation = explain_case(replace(case(vector), keys=[Key("ours", another)], others=others))
    assert "it is signed with a secret of another app: theirs of other" == told(explanation)


def of(platform: str) -> Vector:
    """Return the vector of a platform."""
    (vector,) = [one for one in VECTORS if one.platform == platform]
    return vector


def test_what_is_missing_of_a_signature_and_what_is_written_otherwise_is_told() -> None:
    no_time = explain_case(case(of("slack"), x_slack_request_timestamp=""))
    assert "a header that is signed, or the signature itself, is missing" == told(no_time)

    bare = of("github").headers["X-Hub-Signature-256"].removeprefix("sha256=")
    unprefixed = explain_case(case(of("github"), x_hub_signature_256=bare))
    form = "the signature header is not written as the platform writes it"
    assert f"{form}: sha256=…" == told(unprefixed)
    other = explain_case(case(of("stripe"), stripe_signature=f"sha256={bare}"))
    assert f"{form}: t=…,v1=…" == told(other)


def test_a_secret_that_is_none_of_the_platform_is_told() -> None:
    wrong = replace(case(of("standard-webhooks")), keys=[Key("it", b"not base64")])
    assert "a secret that is given is not base64" in told(explain_case(wrong))


def test_of_several_signatures_the_one_counts_that_leads_furthest() -> None:
    good = of("paddle").headers["Paddle-Signature"]
    upper = "h1=" + good.rpartition("=")[2].upper()
    explanation = explain_case(case(of("paddle"), paddle_signature=f"ts=1696195954;h1=x;{upper}"))
    assert odd.UPPER_HEX in explanation.findings


def test_an_address_that_is_written_otherwise_at_the_platform_is_found_out() -> None:
    address = of("square").address
    for written in (f"{address}/", address.replace("https", "http")):
        explanation = explain_case(replace(case(of("square")), address=written))
        assert "it" == explanation.secret
        assert (
            f"the platform signs the address {address}, and HOOKLINE_ADDRESS says another"
            == told(explanation)
        )

    elsewhere = explain_case(replace(case(of("square")), address="https://example.com"))
    assert not elsewhere.is_proven
    assert told(elsewhere).startswith("the platform signs the address that it posts to, and may")
