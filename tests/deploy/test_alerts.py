"""The alerts: each fires when it should and is quiet when it should be, says what to do, and asks
for metrics that there are. Prometheus's own program judges them.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.kubernetes.monitoring.rule import ALERTS, RULE, prometheus_rule
from ingress.settings import Settings
from tests.deploy.alert_cases import CASES, QUIET, Labels
from tests.deploy.overlays import ROOT, named
from tests.deploy.promtool import promtool
from tests.deploy.queries import unknown
from workers.deployment.worker_settings import ADMIN_PORT

CONFIG = ROOT / "deploy/prometheus.yaml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]


def case(alert: str, at: str, series: dict[str, str], fires: Labels | None) -> dict[str, Any]:
    """Return a case as promtool reads it: with which labels the alert fires, counted."""
    firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    expected = []
    if fires is not None:
        labels = ",".join(f'{name}="{value}"' for name, value in fires.items())
        expected = [{"labels": f"{{{labels}}}", "value": 1}]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"count by ({', '.join(fires or {})}) ({firing})",
                "eval_time": at,
                "exp_samples": expected,
            }
        ],
    }


def test_each_alert_fires_when_it_should_and_is_quiet_when_it_should_be(tmp_path: Path) -> None:
    # A file for each: all rules over the day that one of them waits would take ten seconds.
    files = []
    for rule in RULES:
        name = rule["alert"]
        alone = tmp_path / f"{name}.yml"
        alone.write_text(yaml.safe_dump({"groups": [{"name": name, "rules": [rule]}]}))
        cases = [case(*one) for one in CASES if one[0] == name]
        file = tmp_path / f"{name}.test.yml"
        file.write_text(yaml.safe_dump({"rule_files": [str(alone)], "tests": cases}))
        files.append(str(file))

    done = promtool("test", "rules", *files)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert len(RULES) == done.stdout.count("SUCCESS")


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_quiet() -> None:
    alerts = {rule["alert"] for rule in RULES}
    assert alerts == {alert for alert, *_, fires in CASES if fires is not None}
    assert alerts == {alert for alert, *_, fires in CASES if fires is QUIET}


@pytest.mark.parametrize(
    ("what", "file"), [("rules", ALERTS), ("config", CONFIG)], ids=["rules", "config"]
)
def test_prometheus_takes_the_files_as_they_are(what: str, file: Path) -> None:
    done = promtool("check", what, str(file))
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_how_bad_it_is_what_has_happened_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["alert"].startswith("Hookline")
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert {"summary", "runbook"} == set(rule["annotations"])
    assert not rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"].endswith((".", "?"))


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_asks_for_metrics_and_labels_that_our_commands_have(rule: dict[str, Any]) -> None:
    assert [] == unknown(rule["expr"])


def test_figures_in_alerts_are_those_of_the_settings() -> None:
    (nearly_full,) = (rule for rule in RULES if rule["alert"] == "HooklineNearlyFull")
    limit = Settings.model_fields["max_in_flight"].default
    assert f"hookline_in_flight > {int(0.8 * limit)}" == nearly_full["expr"]
    assert f"over {limit} are" in nearly_full["annotations"]["summary"]


def test_prometheus_scrapes_the_jobs_that_alerts_ask_for_at_their_usual_ports() -> None:
    scraped = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
    asked_at = {
        one["job_name"]: int(target.rpartition(":")[2])
        for one in scraped
        for target in one["static_configs"][0]["targets"]
    }
    broker = (ROOT / "deploy/broker/rabbitmq.conf").read_text()
    (metrics,) = re.findall(r"^prometheus.tcp.port = (\d+)$", broker, re.MULTILINE)
    assert asked_at == {
        "hookline-ingress": Settings.model_fields["admin_port"].default,
        "hookline-workers": ADMIN_PORT,
        "rabbitmq": int(metrics),
        "rabbitmq-queues": int(metrics),
    }


def test_the_rule_for_the_prometheus_operator_is_the_same() -> None:
    again = "python -m deploy.kubernetes.monitoring.rule"
    assert prometheus_rule(ALERTS.read_text()) == RULE.read_text(), again

    assert GROUPS == named("operators", "PrometheusRule", "hookline")["spec"]["groups"]
