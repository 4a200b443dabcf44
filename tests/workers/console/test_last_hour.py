"""The last hour as a line: by what the beats of each process have more than the last."""

from schemas.pulse_counts import Counts
from workers.console.last_hour import NEW_MS, SPAN_MS, SPANS, LastHour

NOW = 1_764_000_000_000


def beat(at: int, done: int, *, dead: int = 0, process: str = "one", started: int = 0) -> Counts:
    """Return a beat that counts for the queue q."""
    return Counts(process, at, started, {"q": done}, {"q": dead} if dead else {})


def test_of_two_beats_what_the_later_has_more_is_done_in_its_span() -> None:
    hour = LastHour()
    hour.note(beat(NOW - SPAN_MS, 100))
    hour.note(beat(NOW, 130, dead=2))
    line = hour.line(["q"], NOW)
    assert (30, 2) == (line.most, line.died)
    assert f"M{3 * (SPANS - 1)} 16v-5" == line.dead


def test_a_process_that_has_just_begun_has_done_all_of_it_now() -> None:
    hour = LastHour()
    hour.note(beat(NOW, 30, started=NOW - NEW_MS))
    assert 30 == hour.line(["q"], NOW).most


def test_a_beat_that_comes_twice_or_late_or_counts_less_adds_nothing() -> None:
    hour = LastHour()
    for at, done in ((NOW - 10, 100), (NOW, 130), (NOW, 130), (NOW - 5, 120), (NOW + 5, 3)):
        hour.note(beat(at, done))
    assert 30 == hour.line(["q"], NOW).most


def test_processes_and_queues_are_added_up() -> None:
    hour = LastHour()
    for process in ("one", "two"):
        hour.note(beat(NOW - 10, 0, process=process))
        hour.note(beat(NOW, 5, process=process))
    assert 10 == hour.line(["q", "nobody's"], NOW).most


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    hour = LastHour()
    hour.note(beat(NOW - 10, 0))
    hour.note(beat(NOW, 5))
    later = NOW + (SPANS + 2) * SPAN_MS
    hour.note(beat(later, 5, process="two"))
    assert 0 == hour.line(["q"], later).most
    assert ["two"] == list(hour._last)
    assert {} == hour._done["q"]


def test_a_line_is_as_wide_as_the_hour_and_as_high_as_its_highest_span() -> None:
    hour = LastHour()
    hour.note(beat(NOW - 10, 0))
    hour.note(beat(NOW, 5))
    line = hour.line(["q"], NOW)
    assert f"M0 16V16l{'3 0 ' * (SPANS - 2)}3-15V16z" == line.done
    assert "" == hour.line([], NOW).done
