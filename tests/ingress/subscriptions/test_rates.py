"""How long a platform's limits have us wait."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.rates import LONGEST, retry_after, shopify_pause, spiffy_pause

NOW = 1_448_000_000.0  # 2015-11-20T06:13:20Z


def spiffy(**changed: Any) -> dict[str, str]:
    """Return the header as the knowledge base shows it, a minute before its period ends."""
    told = {"name": "API", "period": 300, "limit": 500, "remaining": 496}
    return {"X-Ratelimit": json.dumps({**told, "until": "2015-11-20T06:14:20Z", **changed})}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (spiffy(), 0),
        (spiffy(remaining=51), 0),
        (spiffy(remaining=50), 60),
        (spiffy(remaining=0), 60),
        (spiffy(remaining=0, until="2015-11-20 06:14:20"), 60),
        (spiffy(remaining=0, until="2015-11-20 06:14:20 UTC"), 60),
        (spiffy(remaining=0, until="2015-11-20T17:14:20+11:00"), 60),
        (spiffy(remaining=0, until=NOW + 60), 60),
        (spiffy(remaining=0, until="2015-11-20T06:10:00Z"), 0),
        (spiffy(remaining=0, until="2016-11-20T06:10:00Z"), 300),
        (spiffy(remaining=0, until="soon"), 300),
        (spiffy(remaining=0, until=None), 300),
        (spiffy(remaining=0, until=None, period=86_400), LONGEST),
        (spiffy(remaining="none"), 0),
        (spiffy(limit=None), 0),
        ({"X-Ratelimit": "5"}, 0),
        ({"X-Ratelimit": "{"}, 0),
        ({}, 0),
    ],
)
def test_where_little_is_left_of_spiffys_period_its_end_is_waited_for(
    headers: dict[str, str], seconds: float
) -> None:
    assert seconds == spiffy_pause(headers, NOW)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1/40", 0),
        ("36/40", 0),
        ("37/40", 8.5),
        ("40/40", 10),
        ("400/400", 10),
        ("80/40", 30),
        ("40", 0),
        ("a/b", 0),
        ("1/0", 0),
        ("nan/40", 0),
        ("inf/40", LONGEST),
    ],
)
def test_where_shopifys_bucket_is_nearly_full_half_of_it_is_let_out(
    said: str, seconds: float
) -> None:
    assert seconds == shopify_pause({"X-Shopify-Shop-Api-Call-Limit": said}, NOW)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2.0", 2),
        ("0", 0),
        ("-5", 0),
        ("nan", 0),
        ("100000", LONGEST),
        ("Fri, 20 Nov 2015 06:14:20 GMT", 60),
        ("Fri, 20 Nov 2015 06:10:00 GMT", 0),
        ("later", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert seconds == retry_after({"Retry-After": said}, NOW)


@given(st.text(), st.text(), st.text())
def test_no_header_has_us_wait_longer_than_ten_minutes_or_fails(a: str, b: str, c: str) -> None:
    headers = {"X-Ratelimit": a, "X-Shopify-Shop-Api-Call-Limit": b, "Retry-After": c}
    assert 0 <= spiffy_pause(headers, NOW) <= LONGEST
    assert 0 <= shopify_pause(headers, NOW) <= LONGEST
    assert 0 <= (retry_after(headers, NOW) or 0) <= LONGEST
