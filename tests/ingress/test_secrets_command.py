"""Secrets that a command prints: what it may do, and what it may not."""

import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ingress.secrets_command import MOST, CommandFailed, printed_by
from ingress.settings import SettingsError, read_apps


def python(program: str) -> list[str]:
    """Return a command that runs a program of Python's."""
    return [sys.executable, "-c", program]


def test_what_the_command_prints_is_read_as_secrets_are_written(tmp_path: Path) -> None:
    script = tmp_path / "vault"
    script.write_text("#!/bin/sh\nprintf 'new:n3w\\nold:0ld until=2999-01-31\\n'\n")
    script.chmod(0o700)
    apps = read_apps({"HOOKLINE_SECRETS_COMMAND": f"{script} get 'a b'"})
    assert {"new": b"n3w", "old": b"0ld"} == apps["spiffy"].secrets

    file = tmp_path / "apps.toml"
    file.write_text(f'[apps.one]\nsecrets_command = ["{script}"]\n')
    assert ["new", "old"] == [*read_apps({"HOOKLINE_APPS_FILE": str(file)})["one"].secrets]


ECHO = python("import sys; print(sys.argv[1])")


def test_no_shell_reads_the_command() -> None:
    assert "$HOME;echo *" == printed_by([*ECHO, "$HOME;echo *"])


WRONG = [
    (["/nowhere/vault"], "it cannot be run: No such file or directory"),
    (python("raise SystemExit(2)"), "its exit code was 2; run it by hand"),
    (python("print(' ')"), "it printed nothing"),
    (python(f"print('x' * {MOST + 1})"), f"it printed more than {MOST} bytes"),
    (python("while True: print('x' * 99)"), f"it printed more than {MOST} bytes"),
]


@pytest.mark.parametrize(("command", "told"), WRONG)
def test_a_command_that_prints_no_secrets_says_why(command: list[str], told: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        printed_by(command)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "program",
    [
        "import time; print('s3cr3t', flush=True); time.sleep(99)",
        "import os, time; os.close(1); time.sleep(99)",
        "import os, time; os.fork() or time.sleep(99); os._exit(0)",
    ],
)
def test_a_command_that_does_not_end_is_waited_for_no_longer(program: str) -> None:
    with pytest.raises(CommandFailed, match=r"it took longer than 0\.5 s"):
        printed_by(python(program), timeout=0.5)


def test_whatever_a_command_has_started_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    program = f"""
import os, time
if os.fork() == 0:
    with open("{file}.new", "w") as written:
        written.write(str(os.getpid()))
    os.rename("{file}.new", "{file}")
    time.sleep(99)
    os._exit(0)
while not os.path.exists("{file}"):
    time.sleep(0.01)
print("x" * {MOST + 1}, flush=True)
time.sleep(99)
"""
    with pytest.raises(CommandFailed, match="it printed more than"):
        printed_by(python(program), timeout=20)

    pid = int(file.read_text())
    latest = monotonic() + 20
    while is_running(pid) and monotonic() < latest:
        sleep(0.005)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    _, _, behind = status.rpartition(") ")
    return not behind.startswith("Z")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"HOOKLINE_SECRETS_COMMAND": "/nowhere/pa55word"}, "HOOKLINE_SECRETS_COMMAND: it cannot be"),
    ({"HOOKLINE_SECRETS_COMMAND": "echo 'pa55word"}, "it cannot be taken apart: No closing quot"),
    ({"HOOKLINE_SECRETS_COMMAND": "echo pa55word: until=x"}, "the secret 'pa55word'"),
    (
        {"HOOKLINE_SECRETS_COMMAND": "echo x", "HOOKLINE_SECRETS": "pa55word"},
        "HOOKLINE_SECRETS_COMMAND: HOOKLINE_SECRETS is set too; keep one",
    ),
]


@pytest.mark.parametrize(("environment", "told"), REFUSED[:2] + REFUSED[3:])
def test_a_command_that_cannot_be_is_refused_and_not_shown(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_apps(environment)
    assert told in str(caught.value)
    assert "pa55word" not in str(caught.value)
    assert "\n" not in str(caught.value)
