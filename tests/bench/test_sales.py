"""The sales that are simulated, what is kept of them, and what the page says of it."""

from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench import results, sale_plot, sale_table, simulate
from tests.bench.capacity_page import DEPLOY
from tests.bench.plan import Plan
from tests.bench.rehearsal import Outcome, worst
from tests.bench.sales import large, small, variants
from tests.bench.simulation import Point, Sale

KEPT = results.read()
SALES = {one["name"]: one for one in sale_table.read()}
TOLD, *OTHERS = SALES.values()


def borne(plan: Plan) -> Plan:
    """Return a plan a hundredth as large."""
    return replace(plan, mean=1, peak=50, calm=5, rush=20, workers=1, longest=3_600)


def test_the_kept_sales_are_those_of_what_the_bench_measured() -> None:
    """Where this fails the bench has found other figures: python -m tests.bench.simulate."""
    now = variants(KEPT)
    assert list(now) == list(SALES)
    for name, plan in now.items():
        kept = SALES[name]["plan"]
        for field, value in asdict(plan).items():
            if isinstance(value, float | int):
                assert value == pytest.approx(kept[field], rel=0.25), field


def test_the_large_sale_is_what_the_page_sizes_ten_million_a_day_for() -> None:
    plan = large(KEPT)
    page = (DEPLOY / "CAPACITY.md").read_text()
    assert f"| {plan.mean:.0f}, {plan.peak:,.0f} |" in page
    assert plan.calm < plan.loss.at < plan.rush_ends
    assert plan.slow > 1


def test_a_burst_of_the_small_sale_is_more_than_its_worker_does() -> None:
    plan = small(KEPT)
    assert plan.peak > plan.handlers / plan.handler
    assert plan.peak * plan.loss.stall > plan.places
    assert plan.loss.stall < plan.confirm_timeout
    assert plan.loss.at + plan.loss.stall < plan.rush_ends


def test_the_small_sales_worker_has_as_many_handlers_as_the_real_one() -> None:
    source = Path(simulate.__file__).with_name("peers") / "ours_slow.py"
    assert f"concurrency={small(KEPT).concurrency})" in source.read_text()


def test_the_small_sale_takes_less_than_a_minute() -> None:
    assert Sale(small(KEPT)).run().drained < 60


def test_of_the_drawn_sale_each_point_is_kept_and_of_the_others_the_sums() -> None:
    course = Sale(borne(large(KEPT))).run()
    drawn = simulate.kept("it", large(KEPT), course, drawn=True)
    assert len(course.points) == len(drawn["points"])
    assert len(drawn["points"][0]) == len(Point.__dataclass_fields__)
    assert drawn["course"]["sent"] == course.sent
    assert [] == simulate.kept("it", large(KEPT), course, drawn=False)["points"]


def test_the_places_of_a_point_are_those_that_are_drawn() -> None:
    point = Point(at=0, waiting=1, lag=2, accepted=3, refused=4, handled=5)
    places = (
        sale_plot.AT, sale_plot.WAITING, sale_plot.LAG,
        sale_plot.ACCEPTED, sale_plot.REFUSED, sale_plot.HANDLED,
    )  # fmt: skip
    assert list(places) == list(asdict(point).values())


def test_the_points_that_are_drawn_are_in_order_and_add_up() -> None:
    points = TOLD["points"]
    assert all(before[0] <= after[0] for before, after in pairwise(points))
    for place, name in ((3, "accepted"), (4, "refused"), (5, "handled")):
        assert TOLD["course"][name] == sum(point[place] for point in points)


@pytest.mark.parametrize("theme", sale_plot.THEMES)
def test_there_is_a_picture_for_light_pages_and_one_for_dark_ones(theme: str) -> None:
    picture = results.FOLDER / f"{theme}.svg"
    root = ET.fromstring(picture.read_text())  # noqa: S314 - it is our own
    assert root.tag.endswith("svg")
    assert f"../tests/bench/results/{theme}.svg" in (DEPLOY / "CAPACITY.md").read_text()


def test_either_a_lost_node_or_a_long_queue_is_borne_and_not_both() -> None:
    courses = [one["course"] for one in SALES.values()]
    both, no_loss, _, not_slowed, _ = (one["refused"] / one["sent"] for one in courses)
    assert both > 0.1
    assert 0 == no_loss
    assert not_slowed < 0.01


def test_twice_the_workers_shorten_the_wait_by_more_than_half() -> None:
    *_, once, twice = SALES.values()
    assert twice["plan"]["workers"] == 2 * once["plan"]["workers"]
    assert twice["course"]["longest"] < once["course"]["longest"] / 2
    assert twice["course"]["refused"] == pytest.approx(once["course"]["refused"], 0.1)


def test_lag_is_at_its_longest_when_the_backlog_is_nearly_gone() -> None:
    worst_lag = max(TOLD["points"], key=lambda point: point[sale_plot.LAG])
    assert worst_lag[sale_plot.WAITING] < TOLD["course"]["peak"] / 4


def test_in_no_sale_is_anything_lost() -> None:
    for one in SALES.values():
        course = one["course"]
        assert course["sent"] == course["accepted"] == course["handled"]
        assert 0 == course["twice"] == course["given_up"]


@pytest.mark.parametrize(
    ("real", "off"),
    [
        (Outcome(100, 10, 50), 0),
        (Outcome(125, 10, 50), 20),
        (Outcome(80, 10, 50), 25),
        (Outcome(100, 8, 40), 25),
    ],
)
def test_what_is_furthest_off_counts(real: Outcome, off: float) -> None:
    assert off == pytest.approx(worst(Outcome(100, 10, 50), real))
