"""The dashboard: Grafana takes it, panels lie side by side, and each asks for what there is."""

import json
from itertools import combinations
from typing import Any

import pytest

from tests.deploy.overlays import ROOT
from tests.deploy.queries import asked, our_metrics, unknown
from tests.deploy.schemas_of_others import grafana_problems

Panel = dict[str, Any]

DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/dashboard.json").read_text())
ROWS: list[Panel] = [one for one in DASHBOARD["panels"] if one["type"] == "row"]
PANELS: list[Panel] = [one for one in DASHBOARD["panels"] if one["type"] != "row"]
FIRST_SCREEN = 24
"""Units of height that a screen of 1080 lines shows."""

each_panel = pytest.mark.parametrize("panel", PANELS, ids=[one["title"] for one in PANELS])


def test_grafana_takes_it() -> None:
    assert [] == grafana_problems("dashboard", "Dashboard", DASHBOARD)


@each_panel
def test_grafana_takes_the_options_and_queries_of_a_panel(panel: Panel) -> None:
    assert [] == grafana_problems(panel["type"], "Options", panel["options"])
    for target in panel["targets"]:
        assert [] == grafana_problems("prometheus", "Dataquery", target)

    if panel["type"] == "timeseries":
        custom = panel["fieldConfig"]["defaults"]["custom"]
        assert [] == grafana_problems("timeseries", "FieldConfig", custom)


@each_panel
def test_a_panel_asks_for_metrics_and_labels_that_our_commands_have(panel: Panel) -> None:
    for target in panel["targets"]:
        assert [] == unknown(target["expr"])


def test_every_metric_of_ours_is_told_by_a_panel_or_an_alert() -> None:
    alerts = (ROOT / "deploy/alerts.yaml").read_text()
    shown = asked(alerts) | {
        name for panel in PANELS for target in panel["targets"] for name in asked(target["expr"])
    }
    parts_of_histograms = ("_sum", "_count")
    ours = {name for name in our_metrics() if not name.endswith(parts_of_histograms)}
    assert set() == ours - shown


def test_no_two_panels_overlap_and_none_leaves_the_page() -> None:
    for one in DASHBOARD["panels"]:
        place = one["gridPos"]
        assert place["x"] + place["w"] <= 24

    for one, other in combinations(DASHBOARD["panels"], 2):
        assert not overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Tell whether two places on the page share a part of it."""
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or above)


def test_ids_are_its_own() -> None:
    ids = [one["id"] for one in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_the_first_screen_answers_whether_webhooks_come_in_are_stored_and_are_handled() -> None:
    first = [one for one in PANELS if one["gridPos"]["y"] + one["gridPos"]["h"] <= FIRST_SCREEN]
    told = {name for one in first for target in one["targets"] for name in asked(target["expr"])}
    assert {
        "hookline_webhooks_accepted_total",
        "hookline_webhooks_refused_total",
        "hookline_confirm_seconds_bucket",
        "hookline_webhook_age_seconds_bucket",
        "hookline_ready",
        "hookline_queues_unconsumed",
        "rabbitmq_alarms_memory_used_watermark",
        "hookline_queue_ready",
    } <= told
    assert min(row["gridPos"]["y"] for row in ROWS) >= FIRST_SCREEN
