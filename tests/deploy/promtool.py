"""Prometheus's own checks."""

import subprocess
from shutil import which

import pytest


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run them, with something on their standard input; skips where they are not installed."""
    if which("promtool") is None:
        pytest.skip("no promtool: apt-get install prometheus")
    command = ["promtool", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)
