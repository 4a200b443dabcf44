"""What the log says of a refused request: whose headers it had, and the form of its signature."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from ingress.signature import Encoding, sign
from tests.ingress.door import BODY, MAX, Door

GUESSED = sign(BODY, b"guessed")
IN_HEX = sign(BODY, b"hush", Encoding.HEX)
NONE: dict[str, Any] = {
    "X_Spiffy_Topic": None,
    "X_Spiffy_Shop_Domain": None,
    "X_Spiffy_Hmac_Sha256": None,
}
REFUSALS: list[tuple[str, dict[str, Any], str, list[str], str]] = [
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": GUESSED}, "bad_signature", ["spiffy"], "base64"),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": IN_HEX}, "bad_signature", ["spiffy"], "hex"),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": "x"}, "bad_signature", ["spiffy"], "other"),
    ("/webhooks/spiffy", NONE, "missing_signature", [], "absent"),
    (
        "/webhooks/spiffy",
        NONE | {"X_Hub_Signature_256": f"sha256={IN_HEX}", "X_GitHub_Event": "push"},
        "missing_signature",
        ["github"],
        "absent",
    ),
    ("/webhooks/shopify", {}, "missing_signature", ["spiffy"], "absent"),
    ("/webhooks/spiffy", {"X_Spiffy_Topic": None}, "missing_topic", ["spiffy"], "base64"),
    ("/webhooks/spiffy", {"body": b"x" * (MAX + 1)}, "body_too_large", ["spiffy"], "base64"),
    ("/webhooks/nobody", {}, "unknown_app", ["spiffy"], "base64"),
    ("/elsewhere", {}, "not_found", ["spiffy"], "base64"),
]


@pytest.mark.parametrize(("path", "how", "code", "families", "form"), REFUSALS)
async def test_a_refusal_tells_whose_headers_it_had_and_the_form_of_its_signature(
    door: Door, path: str, how: dict[str, Any], code: str, families: list[str], form: str
) -> None:
    with capture_logs() as logs:
        await door.post(path, **how)
    (line,) = [one for one in logs if one["event"] == "webhook.refused"]
    told = (line["code"], line["families"], line["signature"])
    assert (code, families, form) == told


async def test_what_is_no_request_is_told_without_headers(door: Door) -> None:
    with capture_logs() as logs:
        await door.raw(b"GET\r\n\r\n")
    (line,) = [one for one in logs if one["event"] == "webhook.refused"]
    assert ("bad_request", [], "absent") == (line["code"], line["families"], line["signature"])


async def test_what_is_taken_in_is_told_as_before(door: Door) -> None:
    with capture_logs() as logs:
        status, _, _ = await door.post()
    (line,) = logs
    assert 200 == status
    assert {"event", "log_level", "id", "app", "topic", "shop"} == set(line)
