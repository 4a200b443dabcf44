"""What deploy/CAPACITY.md computes, and that it says what is computed."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bucket import BUCKETS
from schemas.ladder import LADDER
from tests.bench import results
from tests.bench.capacity import brokers, caught_up_rate, divisor, longest, needs, workers
from tests.bench.capacity_page import DEPLOY, TABLES, computed, main, tables
from tests.bench.capacity_words import ASSUMED, MEASURED
from tests.bench.fills import FILLS
from tests.bench.parameters import BROKERS, DAY, EXAMPLE, Costs, Wanted
from tests.bench.sales import A_DAY
from tests.bench.simulate import ALLOWED

COSTS = Costs(ingress=100, worker=80, broker=250, disk=750)
WAITING = [one["rate"] for one in results.read()["sweeps"]["waiting"]["found"]["worker"]]
"""Webhooks that a worker takes a second, with few waiting first and with very many last."""
RATES = st.floats(0.01, 10_000)
SPOKEN = (DEPLOY / "CAPACITY.md").read_text()


def test_the_results_are_brought_over_to_the_machine_of_the_rows() -> None:
    share = {"ingress": 50, "storing": 60, "handing out": 40, "disk beside the body": 700}
    kept = {
        "rows": {
            "naive": {"series": {"hookline, µs": [90, 100, 110]}},
            "order": {"series": {"hookline order, µs": [80]}},
        },
        "sweeps": {"broker": {"found": {"3": share}}},
    }
    assert Costs(ingress=100, worker=80, broker=200, disk=700) == Costs.measured(kept)


def test_what_is_needed_is_what_one_computes_by_hand() -> None:
    wanted = Wanted(consumers=1, peak=10, handler=0.1, concurrency=10, busy=0.5, away=1)
    found = needs(1_000, COSTS, wanted)

    assert 10_000 == found.peak == found.messages
    assert 3 == found.ingresses  # two half full cores, and one to spare
    assert 20 == found.workers_mean  # 1,000 a second, 50 each
    assert 200 == found.workers_peak
    assert (1, 5, 8) == (found.clusters, found.cluster.nodes, found.cluster.cores)
    assert 2.5 == found.cores
    assert 1 == found.partitions
    assert 160e6 == found.network


def test_whoever_works_the_peak_off_also_does_what_comes_meanwhile() -> None:
    wanted = Wanted(peak=50, rush=10, caught_up=40)
    assert caught_up_rate(10, wanted) * 50 == 10 * 50 * 10 + 10 * 40


def test_what_waits_is_the_mean_of_the_hours_and_a_peak() -> None:
    assert 2 * 3_600 + 50 * 600 == longest(1, Wanted(away=2, peak=50, rush=10))


def test_a_worker_that_only_computes_is_full_when_its_core_is() -> None:
    assert 3 == workers(7_500, COSTS, Wanted(consumers=2, handler=0, busy=0.4))


def test_partitions_are_a_divisor_of_the_buckets_and_never_too_few() -> None:
    assert [1, 1, 2, 8, 64, 64] == [divisor(least) for least in (0, 1, 1.1, 5, 33, 65)]
    assert all(BUCKETS % divisor(least) == 0 for least in range(100))


def test_the_broker_of_the_fewest_cores_is_taken_and_then_several_of_the_largest() -> None:
    wanted = Wanted(busy=1)
    for one in BROKERS:
        assert (1, one) == brokers(one.rate, wanted)
    assert (2, BROKERS[-1]) == brokers(BROKERS[-1].rate + 1, wanted)


def test_brokers_with_more_cores_take_more() -> None:
    assert sorted(BROKERS, key=lambda one: one.rate) == list(BROKERS)
    assert sorted(BROKERS, key=lambda one: one.nodes * one.cores) == list(BROKERS)


@given(RATES, RATES)
def test_more_webhooks_never_take_fewer_processes_brokers_or_partitions(a: float, b: float) -> None:
    less, more = (needs(rate, COSTS, Wanted()) for rate in sorted((a, b)))
    assert less.ingresses <= more.ingresses
    assert less.workers_mean <= more.workers_mean
    assert less.workers_caught_up <= more.workers_caught_up
    assert less.workers_peak <= more.workers_peak
    assert less.clusters * less.cluster.rate <= more.clusters * more.cluster.rate


@given(RATES)
def test_nothing_is_planned_to_be_fuller_than_wanted(mean: float) -> None:
    wanted = Wanted()
    found = needs(mean, COSTS, wanted)
    assert found.peak * COSTS.ingress / 1e6 <= (found.ingresses - 1) * wanted.busy * 1.001
    assert found.messages <= found.clusters * found.cluster.rate * wanted.busy * 1.001
    handled = found.workers_peak * wanted.concurrency / wanted.handler
    assert found.messages <= handled * wanted.busy * 1.001


@pytest.mark.parametrize("document", TABLES)
def test_each_document_says_what_is_computed(document: str) -> None:
    assert (DEPLOY / document).read_text() == computed(document)


def test_every_parameter_has_a_name_on_the_page() -> None:
    assert set(MEASURED) == set(Costs.__dataclass_fields__)
    assert set(ASSUMED) == set(Wanted.__dataclass_fields__)


def test_what_is_full_first_stands_first() -> None:
    told = tables(COSTS, Wanted())["fills"]
    firsts = re.findall(r"^\| ([\d,]+) \|", told, re.MULTILINE)
    rates = [float(rate.replace(",", "")) for rate in firsts]
    assert len(FILLS) == len(rates)
    assert sorted(rates) == rates


def test_other_assumptions_print_other_tables_and_write_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == main(["--consumers", "4"])
    told = capsys.readouterr().out
    assert tables(Costs.measured(results.read()), replace(Wanted(), consumers=4))["needs"] in told
    assert "| 4 | assumed: `--consumers` |" in told


@pytest.mark.parametrize("asked", ["0", "-1", "many"])
def test_what_cannot_be_assumed_is_refused(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--handler={asked}"])
    assert "--handler" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        (r"The peak is (\d+) times the mean", Wanted().peak),
        (r"planned to be more than (\d+) % full\.\n\n<!--", Wanted().busy * 100),
        (r"not to be more than (\d+) % full", Wanted().busy * 100),
        (r"a million webhooks that wait are (\d+) MB", 32),
        (r"where 10 % fail once, the broker does (\d+) % more", 2 * 10),
        (r"and a peak of ([\d,]+) a second: processes", 145_000),
        (r"the ladder's (\d+) are the app's", len(LADDER)),
        (r"of that topic\. (\d+) is the most", BUCKETS),
        (r"(\d+) million webhooks a day, sized as above", A_DAY / 1e6),
        (r"they must be within (\d+) %", ALLOWED),
    ],
)
def test_what_the_page_says_between_its_tables_is_so(said: str, is_so: float) -> None:
    (told,) = re.findall(said, SPOKEN)
    assert is_so == float(told.replace(",", ""))


def test_what_is_less_than_half_by_the_page_is_so() -> None:
    assert 2 == SPOKEN.count("less than half")
    assert WAITING[-1] < WAITING[0] / 2

    published, cores = BROKERS[1].rate, BROKERS[1].nodes * BROKERS[1].cores
    ours = 1e6 / Costs.measured(results.read()).broker
    assert published / cores < ours / 2


def test_every_metric_and_alert_that_the_page_names_is_there() -> None:
    metrics = (DEPLOY / "METRICS.md").read_text()
    alerts = (DEPLOY / "alerts.yaml").read_text()
    named = set(re.findall(r"`(hookline_\w+)`", SPOKEN))
    rung = set(re.findall(r"`(Hookline\w+)`", SPOKEN))

    assert len(named) >= 6
    assert len(rung) >= 8
    assert set() == {name for name in named if f"`{name}`" not in metrics}
    assert set() == {name for name in rung if f"alert: {name}\n" not in alerts}


def test_a_day_of_the_operators_example_is_a_billion() -> None:
    assert 1e9 == pytest.approx(EXAMPLE * DAY)
