"""When subscriptions were last seen, and the gaps that follow of it; also after a restart."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ingress.subscriptions.gaps import Gap
from ingress.subscriptions.held import Held
from ingress.subscriptions.sightings import Sightings
from ingress.subscriptions.sightings_file import read_sightings, write_sightings

SHOP = "johns-apparel.spiffystores.com"
TOPIC = "orders/create"
HOUR = 3_600_000
NOON = 1_764_417_600_000  # 2025-11-29T12:00:00Z


def there(number: int = 1, created_ms: int | None = None) -> Held:
    """Return the subscription."""
    return Held(str(number), TOPIC, "https://hooks.example.com/", "json", created_ms)


def test_what_is_there_all_the_time_has_no_gap() -> None:
    seen = Sightings()
    assert [None, None] == [seen.saw(SHOP, there(), NOON + hour * HOUR) for hour in range(2)]


def test_what_is_put_back_has_a_gap_since_it_was_last_seen() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.missed(SHOP, TOPIC)
    seen.missed(SHOP, TOPIC)
    gap = Gap(SHOP, TOPIC, NOON, NOON + 2 * HOUR)
    assert gap == seen.restored(SHOP, there(2), NOON + 2 * HOUR)
    assert seen.saw(SHOP, there(2), NOON + 3 * HOUR) is None


def test_nobody_knows_since_when_what_was_never_seen_was_gone() -> None:
    assert Gap(SHOP, TOPIC, None, NOON) == Sightings().restored(SHOP, there(), NOON)


def test_what_somebody_else_put_back_has_a_gap_too() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.missed(SHOP, TOPIC)
    assert Gap(SHOP, TOPIC, NOON, NOON + HOUR) == seen.saw(SHOP, there(), NOON + HOUR)


@pytest.mark.parametrize(
    ("created_ms", "until_ms"),
    [
        (NOON + HOUR // 2, NOON + HOUR // 2),
        (None, NOON + HOUR),
        (NOON - HOUR, NOON + HOUR),
        (NOON + 2 * HOUR, NOON + HOUR),
    ],
)
def test_another_one_than_at_the_last_look_was_made_in_between(
    created_ms: int | None, until_ms: int
) -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    gap = seen.saw(SHOP, there(2, created_ms), NOON + HOUR)
    assert Gap(SHOP, TOPIC, NOON, until_ms) == gap


def test_shops_that_are_no_more_are_forgotten() -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    seen.forget_all_but(["another.spiffystores.com"])
    assert seen.restored(SHOP, there(2), NOON).since_ms is None


def test_what_was_seen_is_known_after_a_restart(tmp_path: Path) -> None:
    folder = str(tmp_path)
    before = read_sightings(folder, "one")
    before.saw(SHOP, there(), NOON)
    write_sightings(folder, "one", before)
    write_sightings(folder, "another", Sightings())

    after = read_sightings(folder, "one")
    gap = Gap(SHOP, TOPIC, NOON, NOON + 5 * HOUR)
    assert gap == after.restored(SHOP, there(2), NOON + 5 * HOUR)
    files = {one.name for one in tmp_path.iterdir()}
    assert {"one.sightings.json", "another.sightings.json"} == files


@pytest.mark.parametrize("missed", [True, False])
def test_all_that_was_known_is_kept(missed: bool) -> None:
    seen = Sightings()
    seen.saw(SHOP, there(), NOON)
    if missed:
        seen.missed(SHOP, TOPIC)
    again = Sightings.of(json.loads(json.dumps(seen.plain())))
    assert seen.plain() == again.plain()
    assert missed == (again.saw(SHOP, there(), NOON + HOUR) is not None)


def test_without_a_file_nothing_is_written_and_nothing_known() -> None:
    write_sightings(None, "one", Sightings())
    assert [] == read_sightings(None, "one").plain()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_file_that_cannot_be_read_is_told_and_costs_no_watch(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "one.sightings.json").write_bytes(content)
    with capture_logs() as logs:
        assert [] == read_sightings(str(tmp_path), "one").plain()
    assert ["subscriptions.sightings_not_read"] == [line["event"] for line in logs]


def test_a_file_that_cannot_be_written_is_told_and_costs_no_watch(tmp_path: Path) -> None:
    with capture_logs() as logs:
        write_sightings(str(tmp_path / "nowhere"), "one", Sightings())
    assert ["subscriptions.sightings_not_written"] == [line["event"] for line in logs]


@pytest.mark.parametrize("at_ms", [-1, 10**15, 10**30])
def test_a_time_that_no_date_can_tell_is_none(at_ms: int) -> None:
    assert [] == Sightings.of([[SHOP, TOPIC, at_ms, "1", True]]).plain()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(anything | st.lists(st.tuples(st.text(), st.text(), st.integers(), st.text(), anything)))
def test_whatever_the_file_holds_what_is_no_sighting_is_left_out(plain: Any) -> None:
    rows = Sightings.of(json.loads(json.dumps(plain))).plain()
    assert rows == Sightings.of(rows).plain()
