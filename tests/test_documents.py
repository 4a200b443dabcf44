"""What documents say of the code."""

import re
import subprocess
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ingress import carried, gate, heads, shop_check
from ingress.__main__ import main as ingress
from ingress.refusals import ANSWERS
from runtime.amqp import link
from schemas import bucket, control, dead_letter, headers, quorum, topology, undecodable
from schemas.dead_letter import Reason
from schemas.ladder import LADDER
from workers import attempt, crash, watch
from workers.__main__ import main as workers
from workers.broker import upkeep

ROOT = Path(__file__).parents[1]
SECURITY = (ROOT / "deploy/SECURITY.md").read_text()
README = (ROOT / "README.md").read_text()
DESIGN = (ROOT / "DESIGN.md").read_text()


def test_every_test_that_holds_a_claim_about_security_is_there() -> None:
    named = re.findall(r"`([\w/]+)::(test_\w+)`", SECURITY)
    missing = [
        (file, test)
        for file, test in named
        if f"def {test}(" not in (ROOT / f"tests/{file}.py").read_text()
    ]
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
    ours = {
        value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str)
    } - {headers.HTTP}
    named = set(re.findall(r"`(webhook-[a-z-]+|traceparent)`", section(5)))
    assert ours == named
    reasons = re.findall(r"`([a-z_]+)`", re.findall(r"`webhook-reason` \((.*?)\)", section(5))[0])
    assert {reason.value for reason in Reason} == set(reasons)


def test_the_designs_ladder_is_the_one_that_is_built() -> None:
    (told,) = re.findall(r"^The ladder n: ([\d ]+)\.", section(4), re.MULTILINE)
    assert LADDER == tuple(int(rung) for rung in told.split())


def test_every_log_event_that_the_design_names_is_logged_somewhere() -> None:
    (told,) = re.findall(r"^Log events: .*?…", section(7), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", told))
    code = "".join(
        path.read_text()
        for folder in ("runtime", "ingress", "workers")
        for path in ROOT.glob(f"{folder}/**/*.py")
    )
    assert len(named) >= 10
    assert set() == {event for event in named if f'"{event}"' not in code}


def commands() -> list[tuple[list[str], set[str]]]:
    """Return each command that README or design shows in backticks, and the options that it is
    shown with.
    """
    found = []
    for shown in re.findall(
        r"`(hookline-(?:ingress|workers) [^`]+)`", README + DESIGN.replace("**NEW**", "")
    ):
        words = shown.replace("\\|", "|").split()
        named = 1
        while named < len(words) and re.fullmatch(r"[a-z][a-z|-]*", words[named]):
            named += 1
        options = set(re.findall(r"--[a-z-]+", shown))
        found += [
            (list(one), options) for one in product(*[word.split("|") for word in words[:named]])
        ]
    return found


@pytest.mark.parametrize(
    ("command", "options"),
    commands(),
    ids=[" ".join([*command, *sorted(options)]) for command, options in commands()],
)
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


MIB = 1024**2
TOLD = " ".join(README.split())
"""The README without its line breaks."""
FIGURES: list[tuple[str, str, float]] = [
    (TOLD, r"After (\d+) crashes it is a dead letter", crash.LIMIT),
    (TOLD, r"what comes back (twice) runs by itself", crash.SUSPECT),
    (TOLD, r"After `timeout` it is cancelled, (\d+) s later left behind", attempt.GRACE),
    (TOLD, r"within two heartbeats \((\d+) s\)", 2 * link.HEARTBEAT),
    (TOLD, r"a binding within (a minute)", upkeep.CHECK_EVERY),
    (TOLD, r"names the consumer and the line after (a second)", watch.LONG),
    (TOLD, r"a rung of the ladder \(1 s to (a day)\)", LADDER[-1]),
    (DESIGN, r"delivery limit (\d+), then dead-letters", quorum.DELIVERY_LIMIT),
    (DESIGN, r"segments of (\d+) MB", topology.CONTROL_SEGMENT_BYTES / 1e6),
    (DESIGN, r"stream of the same name, (\d+) MB", topology.CONTROL_BYTES / 1e6),
    (DESIGN, r"every ([\d,]+)th record restates", control.RESTATE_EVERY),
    (DESIGN, r"`crc32\(shop\) % (\d+)`", bucket.BUCKETS),
    (DESIGN, r"on one\nprintable line, (\d) KiB at most", dead_letter.MAX_ERROR / 1024),
    (DESIGN, r"with its line breaks, (\d) KiB at most", dead_letter.MAX_TRACEBACK / 1024),
    (SECURITY, r"(\d+), of 8 KiB each, 32 KiB with the first line", heads.MAX_HEADERS),
    (SECURITY, r"\d+, of 8 KiB each, (\d+) KiB with the first line", heads.MAX_HEAD / 1024),
    (SECURITY, r"and (\d+) MiB of bodies, or", gate.MAX_HELD / MIB),
    (SECURITY, r"and (\d+) MiB as they arrive", gate.MAX_UNPROVEN / MIB),
    (SECURITY, r"\| ([\d,]+), and \d+ MiB as they arrive", gate.MAX_SENDERS),
    (SECURITY, r"\| ([\d,]+), or what the limit of open files leaves", gate.MAX_GUESTS),
    (SECURITY, r"the platform's own, (\d+) KiB, behind", carried.MAX_CARRIED / 1024),
    (SECURITY, r"\| (\d+), whatever the interpreter; beyond", undecodable.MAX_DEPTH),
    (SECURITY, r"headers of up to (\d+) characters", shop_check.SHOP_LENGTH),
]
IN_WORDS = {"a second": 1, "a minute": 60, "a day": 86_400, "twice": 2}


@pytest.mark.parametrize(
    ("document", "said", "is_so"), FIGURES, ids=[said for _, said, _ in FIGURES]
)
def test_every_figure_that_a_document_gives_is_the_codes(
    document: str, said: str, is_so: float
) -> None:
    (figure,) = set(re.findall(said, document))
    assert is_so == float(IN_WORDS.get(figure, figure.replace(",", "")))


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "tests/bench/README.md",
        "deploy/README.md",
        "deploy/SECURITY.md",
        "deploy/PLATFORMS.md",
        "deploy/DOOR.md",
        "deploy/METRICS.md",
        "deploy/OPERATE.md",
        "deploy/broker/README.md",
        "deploy/kubernetes/README.md",
        "deploy/image/README.md",
        "deploy/UPGRADING.md",
        "deploy/BALANCERS.md",
        "deploy/systemd/README.md",
        "deploy/CONSOLE.md",
    ],
)
def test_every_file_that_a_document_points_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    folders = re.findall(r"`((?:schemas|runtime|ingress|workers|deploy|tests)/[\w./-]*)`", text)
    missing = [link for link in links if not (ROOT / document).parent.joinpath(link).exists()]
    missing += [path for path in folders if not (ROOT / path).exists()]
    assert [] == missing


def test_every_make_target_that_a_document_names_is_one_that_make_help_tells() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE))
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(
        r"(?:^ +|`)make (?:-s )?(?:-C \S+ )?([a-z][a-z-]*)", README + contributing, re.MULTILINE
    )
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == told
    assert set() == set(named) - told


def test_the_picture_is_an_image_that_needs_nothing_else_and_knows_light_and_dark() -> None:
    picture = (ROOT / "deploy/webhook.svg").read_text()
    root = ET.fromstring(picture)  # noqa: S314 - our own file
    assert "{http://www.w3.org/2000/svg}svg" == root.tag
    assert "prefers-color-scheme: dark" in picture
    assert [] == re.findall(r"href|@import|@font-face|<script|url\((?!#)", picture)
