"""`python -m deploy.kubernetes.monitoring.rule`: write our alerts for the Prometheus operator."""

from pathlib import Path
from textwrap import indent

HERE = Path(__file__).parent
ALERTS = HERE.parents[1] / "alerts.yaml"
RULE = HERE / "prometheus-rule.yaml"

HEAD = """\
# Written by `python -m deploy.kubernetes.monitoring.rule` from ../../alerts.yaml.
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
