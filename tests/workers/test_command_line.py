"""The command line of `hookline-workers`: each command is known, and what it is told arrives."""

from pathlib import Path
from typing import Any

import pytest

from workers.command_line import parser
from workers.commands.entries import COMMANDS
from workers.commands.settings_of import OFFLINE
from workers.deployment.command_line import COMPOSE_IMAGE, IMAGE, MANAGEMENT, PROGRAM

FILTER: dict[str, Any] = {
    "group": None,
    "consumer": None,
    "topic": None,
    "reason": None,
    "shop": None,
    "error": None,
    "id": None,
    "since": None,
    "until": None,
    "limit": None,
}
LETTERS = FILTER | {"unrouted": False, "json": False}
ORDER: dict[str, Any] = {"all": False, "dry_run": False, "yes": False, "rate": 50.0}
REPLAY = (
    LETTERS | ORDER | {"name": None, "ramp": None, "force": False, "again": False, "sequence": None}
)
SHOW = LETTERS | {"shown": None, "as_test": False}
DROP = LETTERS | ORDER | {"to": None, "for_good": False}
WAITING = FILTER | ORDER | {"json": False, "name": None}
JOURNAL: dict[str, Any] = {
    **dict.fromkeys(("topic", "shop", "id", "since", "until", "limit", "after")),
    "json": False,
}
JOURNAL_REPLAY = JOURNAL | ORDER | {"consumer": "erp", "name": None, "force": False, "again": False}
TAP: dict[str, Any] = {"topic": "orders/*", "shop": None, "to": None, "name": None}
RETIRE: dict[str, Any] = {
    "consumer": "erp",
    "topic": None,
    "to": None,
    "drop": False,
    "dry_run": False,
}
EXPORT: dict[str, Any] = {"format": "definitions", "module": [], "users": False, "passwords": None}
RUN: dict[str, Any] = {
    "module": [],
    "topic": [],
    "consumer": [],
    "processes": 1,
    "concurrency": None,
    "reload": False,
}
NARROWED: dict[str, Any] = {"module": [], "topic": [], "consumer": []}
CHOICE = NARROWED | {"together": False}
KUBERNETES = CHOICE | {"image": IMAGE, "management": MANAGEMENT, "prometheus": None}

GIVER: dict[str, Any] = {"by": None, "reason": ""}
TARGETED: dict[str, Any] = {"consumer": "erp", "topic": None} | GIVER
PAUSE = TARGETED | {"seconds": None}

LINES: list[tuple[str, str, dict[str, Any]]] = [
    ("console", "console", {}),
    ("console hash jane", "console hash", {"name": "jane", "role": "viewer"}),
    (
        "console hash jane --role operator",
        "console hash",
        {"name": "jane", "role": "operator"},
    ),
    ("run", "run", RUN),
    (
        "run shop.a shop.b --topic a/b --topic c/d --consumer erp --processes 64 --concurrency 3",
        "run",
        {
            "module": ["shop.a", "shop.b"],
            "topic": ["a/b", "c/d"],
            "consumer": ["erp"],
            "processes": 64,
            "concurrency": 3,
            "reload": False,
        },
    ),
    ("run shop --reload", "run", RUN | {"module": ["shop"], "reload": True}),
    ("check shop", "check", {"module": ["shop"]}),
    ("status", "status", {"watch": False, "json": False}),
    ("status --watch --json", "status", {"watch": True, "json": True}),
    ("topology show", "topology show", {"module": []}),
    ("topology declare shop", "topology declare", {"module": ["shop"]}),
    ("topology verify shop", "topology verify", {"module": ["shop"]}),
    ("topology export shop", "topology export", EXPORT | {"module": ["shop"]}),
    (
        "topology export --users --passwords /run/secrets shop",
        "topology export",
        EXPORT | {"module": ["shop"], "users": True, "passwords": Path("/run/secrets")},
    ),
    (
        "topology export shop --format operator",
        "topology export",
        EXPORT | {"module": ["shop"], "format": "operator"},
    ),
    ("topology retire erp --drop", "topology retire", RETIRE | {"drop": True}),
    (
        "topology partition erp --into 16",
        "topology partition",
        {"consumer": "erp", "topic": None, "into": 16},
    ),
    (
        "topology retire erp --topic a/b --to mail --dry-run",
        "topology retire",
        RETIRE | {"topic": "a/b", "to": "mail", "dry_run": True},
    ),
    ("dead-letters list", "dead-letters list", LETTERS),
    ("dead-letters sequences --shop s", "dead-letters sequences", LETTERS | {"shop": "s"}),
    ("dead-letters show --id w1 --json", "dead-letters show", SHOW | {"id": "w1", "json": True}),
    (
        "dead-letters show w1 --as-test",
        "dead-letters show",
        SHOW | {"shown": "w1", "as_test": True},
    ),
    (
        "dead-letters groups --unrouted --since 2026-11-29 --until 2026-11-29T03:00Z",
        "dead-letters groups",
        LETTERS | {"unrouted": True, "since": 1_795_910_400_000, "until": 1_795_921_200_000},
    ),
    (
        "dead-letters replay --consumer erp --topic a/b --limit 5",
        "dead-letters replay",
        REPLAY | {"consumer": "erp", "topic": "a/b", "limit": 5},
    ),
    (
        "dead-letters replay --all --dry-run --yes --rate 0.5 --ramp --name INC-123 --force",
        "dead-letters replay",
        REPLAY
        | {"all": True, "dry_run": True, "yes": True, "rate": 0.5, "ramp": 10, "name": "INC-123"}
        | {"force": True},
    ),
    (
        "dead-letters replay --group 01234567 --reason crashed --shop s --error x --ramp 5s",
        "dead-letters replay",
        REPLAY | {"group": "01234567", "reason": "crashed", "shop": "s", "error": "x", "ramp": 5},
    ),
    (
        "dead-letters replay --all --again",
        "dead-letters replay",
        REPLAY | {"all": True, "again": True},
    ),
    (
        "dead-letters replay --sequence s",
        "dead-letters replay",
        REPLAY | {"sequence": "s"},
    ),
    ("dead-letters drop --all", "dead-letters drop", DROP | {"all": True}),
    ("dead-letters drop --to f --id w1", "dead-letters drop", DROP | {"to": Path("f"), "id": "w1"}),
    ("dead-letters drop --for-good", "dead-letters drop", DROP | {"for_good": True}),
    ("dead-letters export f", "dead-letters export", LETTERS | {"to": Path("f")}),
    (
        "dead-letters import f --rate 100000",
        "dead-letters import",
        {"file": Path("f"), "dry_run": False, "yes": False, "rate": 100_000.0},
    ),
    ("waiting list --json", "waiting list", FILTER | {"json": True}),
    (
        "waiting now --consumer erp --rate 5 --name INC-123",
        "waiting now",
        WAITING | {"consumer": "erp", "rate": 5.0, "name": "INC-123"},
    ),
    ("waiting cancel --all", "waiting cancel", WAITING | {"all": True}),
    ("journal list", "journal list", JOURNAL),
    ("journal show --id a --json", "journal show", JOURNAL | {"id": "a", "json": True}),
    (
        "journal replay --consumer erp --topic a/b --shop s --after 0 --rate 5 --again",
        "journal replay",
        JOURNAL_REPLAY | {"topic": "a/b", "shop": "s", "after": 0, "rate": 5.0, "again": True},
    ),
    ("tap orders/*", "tap", TAP),
    (
        "tap orders/create --shop s --to shop.consumers:erp --name ann",
        "tap",
        TAP | {"topic": "orders/create", "shop": "s", "to": "shop.consumers:erp", "name": "ann"},
    ),
    ("pause", "pause", PAUSE | {"consumer": None}),
    (
        "pause erp --topic a/b --for 1h30m --reason down --by ann@desk",
        "pause",
        PAUSE | {"topic": "a/b", "seconds": 5_400, "reason": "down", "by": "ann@desk"},
    ),
    ("resume erp --topic a/b", "resume", TARGETED | {"topic": "a/b"}),
    (
        "set erp concurrency=4 --for 1h",
        "set",
        PAUSE | {"setting": ("concurrency", "4"), "seconds": 3_600},
    ),
    ("set erp concurrency=default", "set", PAUSE | {"setting": ("concurrency", "")}),
    ("set erp rate=60/m", "set", PAUSE | {"setting": ("rate", "60/m")}),
    ("set erp per_shop=none", "set", PAUSE | {"setting": ("per_shop", "none")}),
    ("set erp per_shop_rate=default", "set", PAUSE | {"setting": ("per_shop_rate", "")}),
    ("log", "log", {"since": None, "json": False}),
    ("log --since 2h --json", "log", {"since": 7_200, "json": True}),
    ("deploy kubernetes", "deploy kubernetes", KUBERNETES),
    (
        (
            "deploy kubernetes shop --image shop:1 --consumer erp --topic a/b --together "
            "--management https://broker --prometheus http://prometheus:9090/"
        ),
        "deploy kubernetes",
        KUBERNETES
        | {
            "module": ["shop"],
            "image": "shop:1",
            "consumer": ["erp"],
            "topic": ["a/b"],
            "together": True,
            "management": "https://broker/",
            "prometheus": "http://prometheus:9090/",
        },
    ),
    ("deploy compose", "deploy compose", CHOICE | {"image": COMPOSE_IMAGE}),
    ("deploy systemd", "deploy systemd", CHOICE | {"program": PROGRAM, "to": None}),
    (
        "deploy systemd shop --to units --program /usr/bin/hookline-workers",
        "deploy systemd",
        CHOICE | {"module": ["shop"], "program": "/usr/bin/hookline-workers", "to": Path("units")},
    ),
    ("new shop", "new", {"name": "shop"}),
    ("docs shop", "docs", NARROWED | {"module": ["shop"], "to": None}),
    ("docs shop --to told", "docs", NARROWED | {"module": ["shop"], "to": Path("told")}),
]


@pytest.mark.parametrize(("line", "command", "told"), LINES, ids=[line for line, _, _ in LINES])
def test_a_command_line_names_its_command_and_all_that_it_is_told(
    line: str, command: str, told: dict[str, Any]
) -> None:
    assert {"command": command} | told == vars(parser().parse_args(line.split()))


def test_every_command_has_what_runs_for_it_and_nothing_else_has() -> None:
    assert {command for _, command, _ in LINES} == set(COMMANDS)
    assert set() == OFFLINE - set(COMMANDS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "required: COMMAND"),
        ("topology", "required: ACTION"),
        ("dead-letters", "required: ACTION"),
        ("dead-letters purge", "invalid choice: 'purge'"),
        ("dead-letters list --limit 0", "'0' is not a number from 1 on"),
        ("dead-letters list --limit -1", "'-1' is not a number from 1 on"),
        ("dead-letters list --since soon", "two hours ago"),
        ("dead-letters replay --rate 0", "above 0"),
        ("dead-letters replay --name a\ab", "printable"),
        ("dead-letters replay --ramp 10", "no duration"),
        ("journal replay", "required: --consumer"),
        ("journal list --after -1", "'-1' is not a number from 1 on"),
        ("run --concurrency many", "'many' is not a number from 1 on"),
        ("run --concurrency 0", "'0' is not a number from 1 on"),
        ("run --concurrency 65536", "'65536' is not a number from 1 on to 65535"),
        ("run --processes 65", "invalid choice: 65"),
        ("topology retire", "required: CONSUMER"),
        ("topology partition erp --into 12", "invalid choice: 12"),
        ("topology partition erp", "required: --into"),
        ("topology retire erp --drop --to mail", "not allowed with argument"),
        ("pause erp --for soon", "'soon' is no duration: write 90s, 15m"),
        ("resume", "required: CONSUMER"),
        ("set erp", "required: NAME=VALUE"),
        ("set erp rate=4", "'rate=4': '4' is no rate: write 10/s"),
        ("set erp rate=", "'rate=': 'nothing' is no rate"),
        ("set erp speed=4", "'speed' is no limit: it is one of per_shop, per_shop_rate, rate"),
        ("set erp per_shop=0", "'0' is no number from 1 to 65535"),
        ("set erp concurrency=none", "'none' is no number"),
        ("set erp concurrency=0", "'0' is no number from 1 to 65535; write concurrency=4"),
        ("set erp concurrency=65536", "from 1 to 65535"),
        ("set erp concurrency=²", "write concurrency=4"),
        ("log --since yesterday", "'yesterday' is no duration"),
        ("deploy", "required: PLATFORM"),
        ("deploy kubernetes --management rabbitmq", "write it as http://host:port/"),
        ("deploy kubernetes --management http://user:pa55word@rabbitmq", "leave user and password"),
        ("deploy kubernetes --prometheus http://[", "write it as http://host:port/"),
        ("deploy systemd --program hookline-workers", "is no path from / on"),
        ("deploy compose --program /x", "unrecognized arguments: --program"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_refused_with_its_reason(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(line.split())
    assert 2 == ended.value.code
    assert told in capsys.readouterr().err
