"""Until when a secret counts, however that is written."""

from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.entrance import entrance_of
from ingress.named_secrets import secrets_of
from ingress.registration import App
from ingress.secret import Secret
from ingress.secret_findings import findings_of_ends
from ingress.settings import SettingsError, check_start, read_apps
from ingress.signature import Unverified, sign

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
    ("old:0lduntil=2027-01-31", {"old": inf}),
]  # fmt: skip


@pytest.mark.parametrize(("written", "until"), WRITTEN)
def test_a_secret_counts_to_the_end_of_its_day_or_to_its_moment(
    written: Any, until: dict[str, float]
) -> None:
    secrets = secrets_of(written)
    assert until == {name: secret.until for name, secret in secrets.items()}
    if until.get("old", inf) != inf:
        assert b"0ld" == secrets["old"]


@pytest.mark.parametrize(
    "written",
    [
        {"old": "pa55word until=2027-01-31"},
        {"old": {"value": "pa55word until=2027-01-31", "until": "2027-02-01"}},
        "old:pa55word until = 2027-01-31",
        "old:pa55word until =2027-01-31",
        "old:pa55word until=2027-01-31 # the old one",
        "new:n3w\nold:pa55word\tuntil=2027-01-31 until=2027-02-01",
        ["old:pa55word until= 2027-01-31"],
    ],
)
def test_an_end_that_would_be_part_of_the_secret_is_refused_with_how_it_is_written(
    written: Any,
) -> None:
    with pytest.raises(ValueError, match="the secret 'old' has until= within; it is name:") as told:
        secrets_of(written)
    assert "pa55word" not in str(told.value)


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


def test_an_app_whose_secrets_have_all_ended_refuses_all_and_stops_no_other_from_its_start(
    tmp_path: Path,
) -> None:
    ended = {"HOOKLINE_SECRETS": "old:0ld until=2020-01-31"}
    with pytest.raises(SettingsError, match=r"spiffy: all secrets have ended \(until=\); without"):
        check_start(read_apps(ended))

    file = tmp_path / "apps.toml"
    file.write_text(
        f'[apps.one]\nsecrets = "{ended["HOOKLINE_SECRETS"]}"\n[apps.two]\nsecrets = "x"\n'
    )
    apps = read_apps({"HOOKLINE_APPS_FILE": str(file)})
    check_start(apps)
    door = entrance_of(apps["one"])
    signed = [("x-spiffy-hmac-sha256", sign(b"{}", b"0ld"))]
    with pytest.raises(Unverified, match="bad_signature"):
        door.prove(b"{}", door.platform.read(signed))

    (finding,) = findings_of_ends(apps, int(DAY * 1000))
    assert finding.is_wrong
    assert "app one: all secrets have ended, and all that it is sent is refused" == finding.told


@given(st.text())
def test_what_is_no_date_is_part_of_the_secret_or_refused(text: str) -> None:
    try:
        secrets = secrets_of([f"it:{text}"])
    except ValueError:
        return
    assert all(isinstance(secret, Secret) for secret in secrets.values())
