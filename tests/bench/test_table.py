"""What the table says of a measurement. The measuring itself is `make bench`."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.payloads import Order
from tests.bench import messages, results
from tests.bench.load import quantile
from tests.bench.marked import BEGIN, END, rewritten
from tests.bench.process_rows import imports
from tests.bench.processes import NotMeasuredError
from tests.bench.queues import PLACE
from tests.bench.readme import MACHINE, section, summary
from tests.bench.rows import ROWS, Row
from tests.bench.samples import Measured, Sample, compare
from tests.bench.stage import Stage


def row(sign: str, limit: float) -> Row:
    def nothing(stage: Stage) -> Measured:
        return Measured([])

    return Row("row", "a row", sign, limit, nothing)


class Scripted:
    """A side whose costs are known; it writes down when it was asked."""

    def __init__(self, name: str, costs: list[float], asked: list[str], lost: int = 0) -> None:
        self.name, self._costs, self._asked, self._lost = name, iter(costs), asked, lost

    def sample(self, count: int) -> Sample:
        self._asked.append(self.name)
        return Sample(next(self._costs), 1000, count, self._lost)


@pytest.mark.parametrize(
    ("sign", "values", "lost", "verdict"),
    [
        ("≤", [0.9, 1.0, 9.0], 0, "met"),
        ("≤", [1.1, 1.1, 0.1], 0, "MISSED"),
        ("≥", [1.0, 2.0, 0.1], 0, "met"),
        ("≥", [0.9, 0.9, 5.0], 0, "MISSED"),
        ("≤", [0.5], 1, "MISSED"),
        ("≤", [], None, "not measured"),
    ],
)
def test_the_median_decides_and_a_loss_decides_first(
    sign: str, values: list[float], lost: int | None, verdict: str
) -> None:
    assert row(sign, 1.0).verdict(Measured(values, lost=lost)) == verdict


def test_sides_are_measured_in_turn_and_divided_pair_by_pair() -> None:
    asked: list[str] = []
    a, b = Scripted("a", [2, 4, 9], asked, lost=1), Scripted("b", [1, 4, 3], asked)
    measured = compare(a, b, pairs=3, count=10)
    assert asked == ["a", "b"] * 3
    assert measured.values == [2, 1, 3]
    assert (measured.lost, measured.duplicated) == (3, 0)


def test_quantiles_are_values_that_were_measured() -> None:
    assert [quantile([1, 2, 3, 4], share) for share in (0, 0.5, 0.99, 1)] == [1, 3, 4, 4]
    with pytest.raises(NotMeasuredError):
        quantile([], 0.5)


@pytest.mark.parametrize("size", [200, messages.SIZE, 10_000])
def test_bodies_are_valid_orders_of_the_size_asked_for(size: int) -> None:
    body = messages.order(size)
    assert len(body) == size
    assert Order.model_validate(orjson.loads(body)).id == int(PLACE)


def test_keys_of_rows_are_unique() -> None:
    assert len({one.key for one in ROWS}) == len(ROWS)


def test_only_what_stands_between_the_markers_is_rewritten() -> None:
    assert rewritten(f"a\n{BEGIN}\nold\n{END}\nz", "new") == f"a\n{BEGIN}\nnew\n{END}\nz"
    with pytest.raises(ValueError, match="markers"):
        rewritten("a", "new")


@pytest.mark.parametrize("document", ["README.md", "tests/bench/README.md"])
def test_each_document_says_what_the_results_say(document: str) -> None:
    kept = results.read()
    said = {"README.md": summary(kept), "tests/bench/README.md": section(kept)}[document]
    text = (Path(__file__).parents[2] / document).read_text()
    assert rewritten(text, said) == text


def test_a_sentence_of_the_summary_is_left_out_where_a_row_of_it_is_missing() -> None:
    row: dict[str, object] = {"values": [1.0, 3.0, 2.0], "of": {}}
    kept = {"machine": dict.fromkeys(MACHINE, "?"), "rows": {"worker": row, "celery": row}}
    told = [line for line in summary(kept).splitlines() if line.startswith("- ")]
    assert ["- A worker needs 2.00 times what a bare consumer of aio-pika needs."] == told


def test_a_row_that_was_measured_on_another_machine_says_so(kept: dict[str, Any]) -> None:
    kept["rows"]["a"]["of"] = kept["rows"]["a"]["of"] | {"processor": "another"}
    assert "| start (on another) | 0.60 s" in section(kept)
    kept["rows"]["worker"] = kept["rows"]["a"]
    assert "- A worker needs 0.60 (on another) times" in summary(kept)


@pytest.fixture
def kept() -> dict[str, object]:
    """Results with one row that was measured and one that was not."""
    of = {"hookline": "abc", "at": "2026-01-01", "waiting": 1000}
    common = {
        "unit": " s",
        "target": "≤ 1",
        "of": of,
        "sides": "ours 6 µs / theirs 10 µs",
        "duplicated": None,
    }
    return {
        "machine": dict.fromkeys(
            ("processor", "cores", "memory", "system", "python", "rabbitmq"), "?"
        ),
        "rows": {
            "a": {
                "what": "start",
                "values": [0.5, 0.7, 0.6],
                "verdict": "met",
                "lost": 0,
                "notes": ["warm"],
            }
            | common,
            "b": {
                "what": "end of a million",
                "values": [],
                "verdict": "not measured",
                "lost": None,
                "notes": [],
            }
            | common,
        },
    }


def test_the_section_tells_what_was_measured_lost_and_noted(kept: dict[str, Any]) -> None:
    text = section(kept)
    assert "| start | 0.60 s (0.50 to 0.70) | ≤ 1 s | met | 0 | ours 6 µs / theirs 10 µs |" in text
    assert "- start: warm" in text


def test_the_section_tells_what_was_not_measured(kept: dict[str, object]) -> None:
    what = "end of a million (a million scaled down to 1,000)"
    assert (
        f"| {what} | not measured | ≤ 1 s | not measured |  | ours 6 µs / theirs 10 µs |"
        in section(kept)
    )


IMPORT_TIMES = """import time: self [us] | cumulative | imported package
import time:      1500 |       2500 |   inner
{"event":"a log line"}
import time:      4200 |       9000 | outer
"""


def test_imports_are_told_by_what_each_takes_by_itself() -> None:
    assert imports(IMPORT_TIMES).endswith("2 modules in 6 ms; most: outer 4 ms, inner 2 ms")


def test_the_machine_is_that_of_the_first_row_and_each_result_says_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(results, "FILE", tmp_path / "bench.json")
    first, second = ({"hookline": name, "processor": name} for name in ("first", "second"))

    results.keep("rows", results.FIRST, {}, first, {})
    results.keep("rows", "a", {}, second, {})
    results.keep("sweeps", "b", {}, second, {})
    kept = results.read()
    assert first == kept["machine"] == kept["rows"][results.FIRST]["of"]
    assert second == kept["rows"]["a"]["of"] == kept["sweeps"]["b"]["of"]

    results.keep("rows", results.FIRST, {}, second, {})
    assert second == results.read()["machine"]
