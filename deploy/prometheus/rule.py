"""`python -m deploy.prometheus.rule`: write our alerts for the Prometheus operator."""

from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).parents[1]
ALERTS = ROOT / "prometheus/alerts.yml"
RULE = ROOT / "kubernetes/monitoring/prometheus-rule.yaml"

HEAD = """\
# Written by `python -m deploy.prometheus.rule` from ../../prometheus/alerts.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: hookline
spec:
"""


def prometheus_rule(alerts: str) -> str:
    """Return the PrometheusRule that has the same groups as a file of alerts."""
    groups = alerts[alerts.index("groups:") :]
    return HEAD + indent(groups, "  ")


if __name__ == "__main__":
    RULE.write_text(prometheus_rule(ALERTS.read_text()))
