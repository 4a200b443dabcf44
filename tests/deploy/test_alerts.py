"""The alerts: each one fires when it should and is quiet when it should be, says what to do, and asks
for metrics that there are. Prometheus's own program judges them.
"""

import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from deploy.kubernetes.monitoring.rule import ALERTS, RULE, prometheus_rule
from ingress.settings import Settings
from tests.deploy.overlays import ROOT, named
from tests.deploy.queries import unknown
from workers.deployment.worker_settings import ADMIN_PORT

CONFIG = ROOT / "deploy/prometheus.yaml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
QUIET = None

Labels = dict[str, str]

A = 'job="hookline-ingress",instance="a"'
B = 'job="hookline-ingress",instance="b"'
W = 'job="hookline-workers",instance="w"'
ERP = 'consumer="erp",topic="orders.create"'
WORK = 'vhost="/",queue="spiffy.erp.orders.create"'
DEAD = 'vhost="/",queue="spiffy.dead.erp.orders.create"'
RUNG = 'vhost="/",queue="spiffy.retry.5s"'
OF_ERP = {"consumer": "erp", "topic": "orders.create"}
IN_WORK = {"vhost": "/", "queue": "spiffy.erp.orders.create"}


def rabbits(*up: int) -> dict[str, str]:
    """Return whether each node of the broker answers, for a quarter of an hour."""
    return {
        f'up{{job="rabbitmq",instance="{number}"}}': f"{value}x15"
        for number, value in enumerate(up, 1)
    }


def buckets(metric: str, within: str, each: int, labels: str = "") -> dict[str, str]:
    """Return a histogram of 100 a minute: so many stay within a bound, the others within 10,000."""
    return {
        f'{metric}_bucket{{{labels}le="{within}"}}': f"0+{each}x60",
        f'{metric}_bucket{{{labels}le="10000"}}': "0+100x60",
        f'{metric}_bucket{{{labels}le="+Inf"}}': "0+100x60",
    }


REFUSED = "hookline_webhooks_refused_total"
ACCEPTED = "hookline_webhooks_accepted_total"
AGE = "hookline_webhook_age_seconds"
READY = f"hookline_ready{{{A}}}"
LEFT = f'hookline_handlers_left_behind{{consumer="erp",{W}}}'
BAD_SIGNATURES = f'{REFUSED}{{app="spiffy",code="bad_signature"}}'
QUEUED = "rabbitmq_detailed_queue_messages"
CONSUMERS = "rabbitmq_detailed_queue_consumers"

CASES: list[tuple[str, str, dict[str, str], Labels | None]] = [
    ("HooklineIngressGone", "3m", {f"up{{{A}}}": "1 0x9"}, {}),
    ("HooklineIngressGone", "3m", {f"up{{{W}}}": "1x9"}, {}),
    ("HooklineIngressGone", "3m", {f"up{{{A}}}": "0x9", f"up{{{B}}}": "1x9"}, QUIET),
    ("HooklineProcessDown", "5m", {f"up{{{W}}}": "1 0x9"}, {"instance": "w"}),
    ("HooklineProcessDown", "2m", {f"up{{{W}}}": "1 0x9"}, QUIET),
    ("HooklineNotReady", "4m", {READY: "1 0x9"}, {"instance": "a"}),
    ("HooklineNotReady", "4m", {READY: "0x9", f"hookline_ingress_draining{{{A}}}": "1x9"}, QUIET),
    ("HooklineNotReady", "4m", {READY: "NaN NaN NaN NaN NaN NaN"}, QUIET),  # nobody has asked
    (
        "HooklineBrokerUnreachable",
        "3m",
        {f'hookline_worker_broker_connected{{role="publish",{W}}}': "1 0x9"},
        {"instance": "w", "role": "publish"},
    ),
    ("HooklineBrokerUnreachable", "3m", {f"hookline_ingress_broker_connected{{{A}}}": "0x9"}, {"instance": "a"}),
    ("HooklineBrokerUnreachable", "3m", {f"hookline_ingress_broker_connected{{{A}}}": "1x9"}, QUIET),
    (
        "HooklineTurnsWebhooksAway",
        "10m",
        {f'{REFUSED}{{code="broker_unavailable"}}': "0+6x20", ACCEPTED: "0+60x20"},
        {},
    ),
    ("HooklineTurnsWebhooksAway", "10m", {f'{REFUSED}{{code="internal"}}': "0+6x20"}, {}),
    (
        "HooklineTurnsWebhooksAway",
        "10m",
        {f'{REFUSED}{{code="bad_signature"}}': "0+60x20", ACCEPTED: "0+60x20"},
        QUIET,  # that is the sender's
    ),
    (
        "HooklineSignaturesDoNotMatch",
        "25m",
        {BAD_SIGNATURES: "0+10x60", f'{ACCEPTED}{{app="spiffy"}}': "0+60x60"},
        {"app": "spiffy"},
    ),
    ("HooklineSignaturesDoNotMatch", "25m", {BAD_SIGNATURES: "0+10x60"}, {"app": "spiffy"}),
    (
        "HooklineSignaturesDoNotMatch",
        "25m",
        {BAD_SIGNATURES: "0+1x60", f'{ACCEPTED}{{app="spiffy"}}': "0+60x60"},
        QUIET,
    ),
    ("HooklineUnconfirmed", "10m", {'hookline_not_published_total{reason="nacked"}': "0+1x20"}, {"reason": "nacked"}),
    ("HooklineUnconfirmed", "10m", {'hookline_not_published_total{reason="nacked"}': "5x20"}, QUIET),
    ("HooklineConfirmsSlow", "20m", buckets("hookline_confirm_seconds", "1.0", 50), {}),
    ("HooklineConfirmsSlow", "20m", buckets("hookline_confirm_seconds", "0.05", 100), QUIET),
    ("HooklineNearlyFull", "5m", {f"hookline_in_flight{{{A}}}": "450x9"}, {"instance": "a"}),
    ("HooklineNearlyFull", "5m", {f"hookline_in_flight{{{A}}}": "400x9"}, QUIET),
    ("HooklineReadersEvicted", "12m", {"hookline_readers_evicted_total": "0+120x20"}, {}),
    ("HooklineReadersEvicted", "12m", {"hookline_readers_evicted_total": "0+30x20"}, QUIET),
    (
        "HooklineWebhooksStopped",
        "250m",
        {f'{ACCEPTED}{{app="spiffy"}}': "0+10x200 2000x60"},
        {"app": "spiffy"},
    ),
    ("HooklineWebhooksStopped", "250m", {f'{ACCEPTED}{{app="spiffy"}}': "0+10x260"}, QUIET),
    ("HooklineWebhooksStopped", "250m", {f'{ACCEPTED}{{app="small"}}': "0+1x200 200x60"}, QUIET),
    (
        "HooklineQueueUnconsumed",
        "15m",
        {f'hookline_queues_unconsumed{{app="spiffy",{W}}}': "2x20"},
        {"app": "spiffy"},
    ),
    ("HooklineQueueUnconsumed", "15m", {f'hookline_queues_unconsumed{{app="spiffy",{W}}}': "0x20"}, QUIET),
    ("HooklineDeadLetters", "7m", {f'hookline_dead_letters_total{{{ERP},reason="rejected"}}': "_x5 1x9"}, OF_ERP),
    ("HooklineDeadLetters", "28m", {f'hookline_dead_letters_total{{{ERP},reason="rejected"}}': "3x20 4x20"}, OF_ERP),
    ("HooklineDeadLetters", "30m", {f'hookline_dead_letters_total{{{ERP},reason="rejected"}}': "3x40"}, QUIET),
    ("HooklineWaitsTooLong", "25m", buckets(AGE, "300.0", 50, f"{ERP},"), OF_ERP),
    ("HooklineWaitsTooLong", "25m", buckets(AGE, "60.0", 100, f"{ERP},"), QUIET),
    (
        "HooklineRetriesMany",
        "35m",
        {
            f'hookline_deliveries_total{{{ERP},outcome="retried"}}': "0+6x60",
            f'hookline_deliveries_total{{{ERP},outcome="done"}}': "0+4x60",
        },
        OF_ERP,
    ),
    (
        "HooklineRetriesMany",
        "35m",
        {
            f'hookline_deliveries_total{{{ERP},outcome="retried"}}': "0+4x60",
            f'hookline_deliveries_total{{{ERP},outcome="done"}}': "0+6x60",
        },
        QUIET,
    ),
    ("HooklineUnrouted", "20m", {f'hookline_unrouted{{app="spiffy",{W}}}': "3x30"}, {"app": "spiffy"}),
    ("HooklineUnrouted", "20m", {f'hookline_unrouted{{app="spiffy",{W}}}': "3x10 0x20"}, QUIET),
    ("HooklineBindingsMissing", "8m", {f'hookline_bindings_missing{{app="spiffy",{W}}}': "1x20"}, {"app": "spiffy"}),
    ("HooklineBindingsMissing", "8m", {f'hookline_bindings_missing{{app="spiffy",{W}}}': "0x20"}, QUIET),
    ("HooklineHandlersLeftBehind", "12m", {LEFT: "1x20"}, {"consumer": "erp", "instance": "w"}),
    ("HooklineHandlersLeftBehind", "12m", {LEFT: "1x5 0x20"}, QUIET),
    ("HooklineLoopBlocked", "11m", {'hookline_loop_blocked_total{consumer="erp"}': "0+1x20"}, {"consumer": "erp"}),
    ("HooklineLoopBlocked", "11m", {'hookline_loop_blocked_total{consumer="erp"}': "0 1x20"}, QUIET),
    ("HooklineDeliveriesOutlived", "35m", {f"hookline_deliveries_outlived_total{{{ERP}}}": "0+1x60"}, OF_ERP),
    ("HooklineDeliveriesOutlived", "35m", {f"hookline_deliveries_outlived_total{{{ERP}}}": "0 1x60"}, QUIET),
    ("HooklineBrokerMajorityLost", "3m", rabbits(1, 0, 0), {}),
    ("HooklineBrokerMajorityLost", "3m", rabbits(0), {}),
    ("HooklineBrokerMajorityLost", "3m", rabbits(1, 1, 0), QUIET),
    ("HooklineBrokerNodeDown", "5m", rabbits(1, 1, 0), {"instance": "3"}),
    ("HooklineBrokerNodeDown", "5m", rabbits(1, 1, 1), QUIET),
    (
        "HooklineBrokerAlarm",
        "3m",
        {'rabbitmq_alarms_free_disk_space_watermark{instance="1"}': "1x9"},
        {"instance": "1"},
    ),
    ("HooklineBrokerAlarm", "3m", {'rabbitmq_alarms_memory_used_watermark{instance="1"}': "0x9"}, QUIET),
    ("HooklineBrokerUnwatched", "20m", rabbits(1), {}),
    ("HooklineBrokerUnwatched", "20m", {f"{CONSUMERS}{{{WORK}}}": "1x30"}, QUIET),
    (
        "HooklineQueueNotConsumed",
        "15m",
        {f"{CONSUMERS}{{{WORK}}}": "0x20", f"{QUEUED}{{{WORK}}}": "5x20"},
        IN_WORK,
    ),
    (
        "HooklineQueueNotConsumed",
        "15m",
        {f"{CONSUMERS}{{{WORK}}}": "0x20", f"{QUEUED}{{{WORK}}}": "0x20"},
        QUIET,
    ),
    (
        "HooklineQueueNotConsumed",
        "15m",
        {f"{CONSUMERS}{{{DEAD}}}": "0x20", f"{QUEUED}{{{DEAD}}}": "5x20"},
        QUIET,
    ),
    (
        "HooklineQueueNotConsumed",
        "15m",
        {f"{CONSUMERS}{{{RUNG}}}": "0x20", f"{QUEUED}{{{RUNG}}}": "5x20"},
        QUIET,
    ),
    ("HooklineQueueGrows", "80m", {f"{QUEUED}_ready{{{WORK}}}": "0+100x90"}, IN_WORK),
    ("HooklineQueueGrows", "80m", {f"{QUEUED}_ready{{{WORK}}}": "5000x90"}, QUIET),
    ("HooklineDeadLettersLie", "25h", {f"{QUEUED}{{{DEAD}}}": "1x1500"}, {"queue": "spiffy.dead.erp.orders.create"}),
    ("HooklineDeadLettersLie", "25h", {f"{QUEUED}{{{WORK}}}": "1x1500"}, QUIET),
    ("HooklineCrashLoop", "10m", {"rabbitmq_global_messages_dead_lettered_delivery_limit_total": "0x5 1x9"}, {}),
    ("HooklineCrashLoop", "30m", {"rabbitmq_global_messages_dead_lettered_delivery_limit_total": "0x5 1x30"}, QUIET),
    ("HooklineBrokerReturnsMessages", "12m", {"rabbitmq_global_messages_unroutable_returned_total": "0+5x20"}, {}),
    ("HooklineBrokerReturnsMessages", "12m", {"rabbitmq_global_messages_unroutable_returned_total": "5x20"}, QUIET),
    (
        "HooklineRetriesStuck",
        "20m",
        {f"{QUEUED}{{{RUNG}}}": "40x30", f"{QUEUED}_ready{{{RUNG}}}": "0x30", f"{QUEUED}_unacked{{{RUNG}}}": "0x30"},
        {"queue": "spiffy.retry.5s"},
    ),
    (
        "HooklineRetriesStuck",
        "20m",
        {f"{QUEUED}{{{RUNG}}}": "40x30", f"{QUEUED}_ready{{{RUNG}}}": "40x30", f"{QUEUED}_unacked{{{RUNG}}}": "0x30"},
        QUIET,
    ),
]  # fmt: skip
"""Alert, when it is looked at, what was scraped each minute until then, and what it is fired with."""


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Prometheus's own checks, with something on its standard input."""
    if which("promtool") is None:
        pytest.skip("no promtool: apt-get install prometheus")
    command = ["promtool", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


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
