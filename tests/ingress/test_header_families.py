"""What a log line may tell of a refused request's headers."""

import pytest
from multidict import CIMultiDict

from ingress.header_families import families, form_of_signature
from ingress.platforms import PLATFORMS
from ingress.signature import Encoding, sign

GOOD = sign(b"{}", b"secret")
FAMILIES = [
    ([], []),
    (["Host", "Content-Type", "X-Forwarded-For"], []),
    (["X-Spiffy-Topic", "x-spiffy-stores-shop-domain"], ["spiffy"]),
    (["X-Shopify-Topic", "X-Spiffy-Topic", "Shopify-Topic"], ["shopify", "spiffy"]),
    (["X-GitHub-Event", "X-Hub-Signature-256"], ["github"]),
    (["Stripe-Signature"], ["stripe"]),
    (["webhook-id", "Webhook-Signature"], ["standard-webhooks"]),
    (["X-WC-Webhook-Topic"], ["woocommerce"]),
]


@pytest.mark.parametrize(("names", "expected"), FAMILIES)
def test_a_header_tells_whose_it_is(names: list[str], expected: list[str]) -> None:
    assert expected == families(names)


FORMS = [
    ("", "absent"),
    (GOOD, "base64"),
    (sign(b"{}", b"secret", Encoding.HEX), "hex"),
    (("-" + GOOD[1:]).replace("+", "_").replace("/", "_"), "url_safe_base64"),
    (f"sha256={GOOD}", "prefixed"),
    (f"sha1={'ab' * 20}", "prefixed"),
    (GOOD[:-4], "other"),
    (f" {GOOD}", "other"),
    (GOOD + "\n", "other"),
    ("\udcff" * 44, "other"),
]


@pytest.mark.parametrize(("value", "form"), FORMS)
def test_a_signature_tells_its_form_and_no_more(value: str, form: str) -> None:
    headers = CIMultiDict({"X-Spiffy-Stores-Hmac-Sha256": value})
    assert form == form_of_signature(headers, PLATFORMS["spiffy"])


def test_another_platforms_signature_counts_only_where_the_platform_is_not_known() -> None:
    headers = CIMultiDict({"X-Shopify-Hmac-Sha256": GOOD})
    assert "absent" == form_of_signature(headers, PLATFORMS["spiffy"])
    assert "base64" == form_of_signature(headers, None)
