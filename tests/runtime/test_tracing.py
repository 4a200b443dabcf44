"""When a process traces: by OpenTelemetry's own variables, and where its extra is installed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from runtime.tracing import start_tracing

ROOT = Path(__file__).parents[2]
ON = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
OFF: list[dict[str, str]] = [
    {},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "  "},
    {"OTEL_SERVICE_NAME": "shop"},
    ON | {"OTEL_SDK_DISABLED": "True"},
    ON | {"OTEL_TRACES_EXPORTER": "none"},
]


def started(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Start to trace without the extra, which must come to nothing; return what was logged."""
    monkeypatch.setitem(sys.modules, "runtime.open_telemetry", None)
    with structlog.testing.capture_logs() as logs:
        assert start_tracing("shop", environment) is None
    return logs


@pytest.mark.parametrize("environment", OFF)
def test_nobody_who_does_not_ask_for_traces_is_told_of_them(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [] == started(environment, monkeypatch)


@pytest.mark.parametrize(
    "endpoint", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
)
def test_without_the_extra_one_line_says_how_to_get_traces_and_all_goes_on(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = started({endpoint: "http://127.0.0.1:4318"}, monkeypatch)
    assert ("tracing.off", "warning") == (line["event"], line["log_level"])
    assert "hookline[otel]" in line["hint"]


def test_another_protocol_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = started(ON | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, monkeypatch)
    assert "grpc" in line["reason"]
    assert "http/protobuf" in line["hint"]


def test_the_commands_without_the_variables_import_nothing_of_opentelemetry() -> None:
    code = (
        "import sys, ingress.commands.serve, workers.commands.run, workers.worker\n"
        "from runtime.tracing import start_tracing\n"
        "assert start_tracing('shop', {}) is None\n"
        "print([one for one in sys.modules if 'telemetry' in one and one.startswith('open')])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
