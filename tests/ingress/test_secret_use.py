"""How secrets are used, by what the processes of an app say."""

from typing import Any

import pytest

from ingress.commands.secrets import NO_PULSE, UNKNOWN, rows
from ingress.registration import App
from ingress.secret_findings import findings_of_use
from ingress.secret_use import Use, span, told, uses
from schemas.pulse import Beat, DoorBeat, ProcessKind, SecretBeat

NOW = 1_800_000_000_000
HOUR = 3_600_000


def beat(process: str, at: int, **secrets: tuple[int, int, int]) -> Beat:
    """Return a beat of an ingress: of each secret count, last and since, in hours before now."""
    said = {
        name: SecretBeat(count, NOW - last * HOUR if last >= 0 else 0, NOW - since * HOUR)
        for name, (count, last, since) in secrets.items()
    }
    return Beat(at, process, ProcessKind.INGRESS, door=DoorBeat(secrets=said))


def test_use_is_what_all_processes_say_together_and_the_share_what_came_lately() -> None:
    beats = [
        beat("a", NOW, new=(1_097, 0, 30), old=(53, 1, 30)),
        beat("a", NOW - HOUR, new=(1_000, 1, 30), old=(50, 2, 30)),
        beat("b", NOW - 1_000, new=(0, -1, 2), old=(0, -1, 2)),
        beat("gone", NOW - HOUR, new=(100, 1, 99), old=(0, -1, 99)),
    ]
    assert {
        "new": Use(197 / 200, NOW, NOW - 2 * HOUR, NOW - 99 * HOUR),
        "old": Use(3 / 200, NOW - HOUR, NOW - 2 * HOUR, NOW - 99 * HOUR),
    } == uses(beats, NOW)


def test_what_no_living_process_has_is_not_told() -> None:
    assert {} == uses([beat("gone", NOW - HOUR, old=(5, 1, 9))], NOW)
    assert {} == uses([], NOW)
    other = Beat(NOW, "worker", ProcessKind.WORKER)
    assert {} == uses([other], NOW)


def use(share: float, last: int, since: int) -> Use:
    """Return a use: the last so many hours ago, never where that is below 0."""
    last_ms = NOW - last * HOUR if last >= 0 else 0
    return Use(share, last_ms, NOW - since * HOUR, NOW - since * HOUR)


TOLD = [
    (use(0.03, 1, 40), "3 % of what comes, the last 60 min ago"),
    (use(0.001, 0, 40), "under 1 % of what comes, the last 0 s ago"),
    (use(0, 26, 40), "unused for 26 h"),
    (use(0, -1, 26), "unused for 26 h"),
    (use(0, -1, 72), "unused for 3 d"),
]


@pytest.mark.parametrize(("known", "sentence"), TOLD)
def test_a_use_is_told_in_a_clause(known: Use, sentence: str) -> None:
    assert sentence == told(known, NOW)


def test_times_are_told_in_the_unit_that_says_most() -> None:
    assert ["0 s", "119 s", "2 min", "119 min", "47 h", "2 d"] == [
        span(seconds * 1000) for seconds in (-5, 119, 120, 7_199, 172_799, 172_800)
    ]


def app(**more: Any) -> App:
    """Return an app with a new and an old secret."""
    return App(name="one", **({"secrets": "new:n3w,old:0ld"} | more))


def found(one: App, **used: Use) -> list[str]:
    """Return what is found about an app's secrets."""
    findings = [*findings_of_use(one, used, NOW)]
    assert not any(finding.is_wrong for finding in findings)
    return [f"{finding.told}; {finding.way_out}" for finding in findings]


def test_a_secret_that_signs_nothing_any_more_can_go_unless_it_is_the_only_one() -> None:
    unused = use(0, 26, 40)
    assert ["app one: the secret old: unused for 26 h; it can go"] == found(
        app(), new=use(1, 0, 40), old=unused
    )
    assert [] == found(app(), new=use(0.97, 0, 40), old=use(0.03, 23, 40))
    assert [] == found(app(secrets="old:0ld"), old=unused)
    assert [] == found(app())


def test_nothing_can_go_where_all_was_quiet() -> None:
    assert [] == found(app(), new=use(0, 26, 72), old=use(0, -1, 72))


def test_a_secret_that_signs_nothing_yet_is_told_apart_from_one_that_signs_nothing_any_more() -> (
    None
):
    (told,) = found(app(), new=use(0, -1, 26), old=use(1, 0, 40))
    assert told.startswith("app one: the secret new: unused for 26 h; it can go, unless the pl")


def test_nothing_can_go_for_the_sake_of_a_secret_that_ends_soon_or_is_out_already() -> None:
    ending = app(secrets="new:n3w,old:0ld until=2027-01-18")
    assert not any(
        "can go" in told for told in found(ending, new=use(0, 26, 72), old=use(1, 0, 40))
    )
    assert [] == found(app(secrets="new:n3w,newer:n3wer"), new=use(0, 26, 72), old=use(1, 0, 40))


def test_a_secret_that_is_used_and_about_to_end_is_told_and_so_is_one_that_has_ended() -> None:
    soon = app(secrets="new:n3w,old:0ld until=2027-01-18")  # NOW is 2027-01-15
    ends = "app one: the secret old ends in 3 d, and signs"
    way_out = "have the platform sign with another one before, or set until= later"
    assert [f"{ends} 3 % of what comes, the last 60 min ago; {way_out}"] == found(
        soon, new=use(0.97, 0, 40), old=use(0.03, 1, 40)
    )
    assert [f"{ends} 0 % of what comes, the last 5 h ago; {way_out}"] == found(
        soon, new=use(1, 0, 40), old=use(0, 5, 40)
    )
    assert [] == found(soon, new=use(1, 0, 2), old=use(0, -1, 2))
    assert ["app one: the secret old has ended; take it out"] == found(
        app(secrets="a:x,old:0ld until=2027-01-01")
    )


def test_the_table_shows_names_end_and_use_and_no_value() -> None:
    one = app(secrets="new:n3w,old:0ld until=2027-01-18,older:0lder until=2027-01-01")
    used = {"new": use(0.97, 0, 40), "old": use(0.03, 1, 72)}
    assert [
        "name   seen for  until                        use",
        "new    40 h      -                            97 % of what comes, the last 0 s ago",
        "old    3 d       2027-01-19 00:00 UTC         3 % of what comes, the last 60 min ago",
        f"older  -         2027-01-02 00:00 UTC, ended  {UNKNOWN}",
    ] == [*rows(one, used, NOW)]
    assert all(NO_PULSE in line for line in [*rows(one, None, NOW)][1:])
