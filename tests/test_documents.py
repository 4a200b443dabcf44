"""What documents say of the code."""

import re
from itertools import product
from pathlib import Path

import pytest

from ingress.__main__ import main as ingress
from ingress.refusals import ANSWERS
from schemas import headers
from schemas.dead_letter import Reason
from schemas.ladder import LADDER
from workers.__main__ import main as workers

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DESIGN = (ROOT / "DESIGN.md").read_text()
NOT_BUILT = {"webhook-fingerprint", "webhook-first-died-ms", "webhook-replay", "cancelled"}
"""What the design marks as new, and the code does not know yet."""


def test_every_test_that_holds_a_claim_about_security_is_there() -> None:
    named = re.findall(r"`([\w/]+)::(test_\w+)`", (ROOT / "deploy/SECURITY.md").read_text())
    missing = [(file, test) for file, test in named if f"def {test}(" not in (ROOT / f"tests/{file}.py").read_text()]
    assert named
    assert [] == missing


def section(number: int) -> str:
    """Return a section of the design."""
    return DESIGN.split(f"\n## {number}. ")[1].split("\n## ")[0]


def test_the_design_names_every_answer_with_its_status() -> None:
    told: dict[str, int] = {}
    for row in re.findall(r"^\|.*\| (\d{3} .*) \|$", section(3), re.MULTILINE):
        status = 0
        for number, code in re.findall(r"\b(\d{3})\b|`([a-z_]+)`", row):
            status = int(number or status)
            if code:
                told[code] = status
    assert {code.value: answer.status for code, answer in ANSWERS.items()} == told


def test_the_design_names_every_header_of_a_message_and_every_reason_of_a_dead_letter() -> None:
    ours = {value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str)} - {
        headers.HTTP
    }
    named = set(re.findall(r"`(webhook-[a-z-]+|traceparent)`", section(5)))
    assert ours == named - NOT_BUILT
    reasons = re.findall(r"`([a-z_]+)`", re.findall(r"`webhook-reason` \((.*?)\)", section(5))[0])
    assert {reason.value for reason in Reason} == set(reasons) - NOT_BUILT


def test_the_designs_ladder_is_the_one_that_is_built() -> None:
    (told,) = re.findall(r"^The ladder n: ([\d ]+)\.", section(4), re.MULTILINE)
    assert LADDER == tuple(int(rung) for rung in told.split())


def test_every_log_event_that_the_design_names_is_logged_somewhere() -> None:
    (told,) = re.findall(r"^Log events: .*?…", section(7), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", told))
    code = "".join(
        path.read_text() for folder in ("runtime", "ingress", "workers") for path in ROOT.glob(f"{folder}/**/*.py")
    )
    assert len(named) >= 10
    assert set() == {event for event in named if f'"{event}"' not in code}


def commands() -> list[tuple[list[str], set[str]]]:
    """Return each command that README or design shows in backticks, and the options that it is shown with."""
    found = []
    for shown in re.findall(r"`(hookline-(?:ingress|workers) [^`]+)`", README + DESIGN.replace("**NEW**", "")):
        words = shown.replace("\\|", "|").split()
        named = 1
        while named < len(words) and re.fullmatch(r"[a-z][a-z|-]*", words[named]):
            named += 1
        options = set(re.findall(r"--[a-z-]+", shown))
        found += [(list(one), options) for one in product(*[word.split("|") for word in words[:named]])]
    return found


@pytest.mark.parametrize(("command", "options"), commands(), ids=lambda given: " ".join(sorted(given, key=len)))
def test_every_command_that_is_shown_is_there_with_its_options(
    command: list[str], options: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main = {"hookline-ingress": ingress, "hookline-workers": workers}[command[0]]
    with pytest.raises(SystemExit) as ended:
        main([*command[1:], "--help"])
    assert 0 == ended.value.code
    told = capsys.readouterr().out
    assert f"usage: {' '.join(command)} [-h]" in told
    assert set() == {option for option in options if not re.search(rf"{option}(?![\w-])", told)}
