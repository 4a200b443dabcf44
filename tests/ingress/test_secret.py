"""Until when a secret counts, however that is written."""

from datetime import UTC, date, datetime
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.named_secrets import secrets_of
from ingress.registration import App
from ingress.secret import Secret

DAY = datetime(2027, 2, 1, tzinfo=UTC).timestamp()
NOON = datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()
WRITTEN: list[tuple[Any, dict[str, float]]] = [
    ("old:0ld until=2027-01-31,new:n3w", {"old": DAY, "new": inf}),
    ("old:0ld   until=2027-01-31T12:00Z\nnew:n3w", {"old": NOON, "new": inf}),
    ("0ld until=2027-01-31T13:00+01:00", {"secret-1": NOON}),
    (["old:0ld until=2027-01-31T12:00"], {"old": NOON}),
    ({"old": {"value": "0ld", "until": date(2027, 1, 31)}, "new": "n3w"},
     {"old": DAY, "new": inf}),
    ({"old": {"value": "0ld", "until": datetime.fromisoformat("2027-01-31T12:00")}}, {"old": NOON}),
    ({"old": {"value": "0ld", "until": "2027-01-31"}}, {"old": DAY}),
    ({"old": "0ld until=2027-01-31"}, {"old": inf}),
]  # fmt: skip


@pytest.mark.parametrize(("written", "until"), WRITTEN)
def test_a_secret_counts_to_the_end_of_its_day_or_to_its_moment(
    written: Any, until: dict[str, float]
) -> None:
    secrets = secrets_of(written)
    assert until == {name: secret.until for name, secret in secrets.items()}
    if "old" in secrets and "until" not in str(written["old"] if isinstance(written, dict) else ""):
        assert b"0ld" == secrets["old"]


@pytest.mark.parametrize(
    "written",
    [
        "old:pa55word until=",
        "old:pa55word until=tomorrow",
        "old:pa55word until=2027-02-30",
        "old:pa55word until=9999-12-31",
        {"old": {"value": "pa55word", "until": 7}},
        {"old": {"value": "pa55word", "until": "soon"}},
    ],
)
def test_a_date_that_is_none_is_refused_by_the_secrets_name(written: Any) -> None:
    with pytest.raises(
        ValueError, match="the secret 'old': until= is a date such as 2027-"
    ) as caught:
        secrets_of(written)
    assert "pa55word" not in str(caught.value)


def test_of_secrets_that_have_ended_nothing_is_proven() -> None:
    app = App(name="one", secrets="new:n3w,old:0ld until=2027-01-31")
    assert ["new", "old"] == [*app.keys_at(DAY - 1).secrets]
    assert ["new"] == [*app.keys_at(DAY).secrets]


@given(st.text())
def test_what_is_no_date_is_part_of_the_secret_or_refused(text: str) -> None:
    try:
        secrets = secrets_of([f"it:{text}"])
    except ValueError:
        return
    assert all(isinstance(secret, Secret) for secret in secrets.values())
