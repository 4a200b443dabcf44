"""A delivery under way trusts no number of its message: clocks jump, and anybody may write."""

from typing import Any, cast

import pytest

from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers.broker.under_way import UnderWay
from workers.retry import MAX_DELAY

NOW = 1_800_000_000_000
DAY = 86_400_000


def run(**headers: Any) -> UnderWay:
    """Return a run of a message with these headers, begun now."""
    described = ReceivedProperties(
        headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return UnderWay(
        WorkQueue("app", "erp", "orders.create"), cast("Any", None), 1, described, b"", NOW
    )


@pytest.mark.parametrize(
    ("first_ms", "believed"),
    [
        (None, NOW),
        (NOW - DAY, NOW - DAY),
        (NOW + DAY, NOW),
        (0, NOW),
        ("yesterday", NOW),
        (2**60, NOW),
    ],
    ids=["none", "a day ago", "the clock was a day ahead", "zero", "no number", "absurd"],
)
def test_a_first_attempt_is_never_in_the_future(first_ms: Any, believed: int) -> None:
    assert believed == run(webhook_first_ms=first_ms).first_ms


@pytest.mark.parametrize(
    ("replayed_ms", "believed"),
    [(None, 0), (NOW - DAY, NOW - DAY), (NOW + DAY, NOW), ("yesterday", 0)],
)
def test_an_age_counts_from_no_replay_of_the_future(replayed_ms: Any, believed: int) -> None:
    assert believed == run(webhook_replayed_ms=replayed_ms).renewed_ms


@pytest.mark.parametrize(
    ("due_ms", "early"),
    [
        (None, 0),
        (NOW, 0),
        (NOW - DAY, 0),
        (NOW + DAY, DAY),
        (NOW + int(MAX_DELAY * 1000) + 1, 0),
        (2**60, 0),
    ],
    ids=["none", "now", "a day ago", "in a day", "later than we ever write", "absurd"],
)
def test_what_is_due_later_waits_and_what_is_due_absurdly_late_does_not(
    due_ms: Any, early: int
) -> None:
    assert early == run(webhook_due_ms=due_ms).early_ms
