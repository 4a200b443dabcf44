"""What the settings of both commands have in common: where they are read from, and what is refused,
and how.
"""

import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

import ingress.settings
import ingress.subscriptions.settings
import workers.settings
from ingress.app_settings import SETTINGS
from ingress.platforms import PLATFORMS
from ingress.settings import read_apps
from runtime.environment import overriding
from runtime.service_links import is_service_link, tell_service_links
from runtime.setting_examples import EXAMPLES, LISTS_FROM_FILES
from runtime.settings import PREFIX, SECRET_SETTINGS, ProcessSettings, SettingsError
from workers.console.settings import ConsoleSettings

Environment = dict[str, str]
Read = Callable[[Environment], ProcessSettings]

EXAMPLE_FILE = Path(__file__).parents[2] / "deploy/env.example"
GOOD = {"HOOKLINE_AMQP_URL": "amqp://user:pa55word@broker/", "HOOKLINE_SECRETS": "hush-hush"}


def _ingress(environment: Environment) -> ProcessSettings:
    return ingress.settings.read(environment)[0]


def _console(environment: Environment) -> ConsoleSettings:
    return workers.settings.read(environment, ConsoleSettings)


both = pytest.mark.parametrize(
    "read", [_ingress, workers.settings.read], ids=["ingress", "workers"]
)


def _problems(read: Read, environment: Environment) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(GOOD | environment)
    told = str(caught.value)
    assert not [secret for secret in ("pa55word", "hush-hush") if secret in told]
    return told.splitlines()


# --- empty is unset


@both
def test_every_setting_that_is_empty_is_as_if_it_were_not_there(read: Read) -> None:
    blank = {f"{PREFIX}{name.upper()}": "" for name in EXAMPLES} | {
        f"{PREFIX}HOST_FILE": " ",
        f"{PREFIX}TOPICS": "  ",
    }
    assert read(GOOD) == read(blank | GOOD)


def test_no_topics_and_no_shops_take_any() -> None:
    empty = {"HOOKLINE_TOPICS": "", "HOOKLINE_SHOPS": ""}
    assert ingress.settings.read(GOOD) == ingress.settings.read(GOOD | empty)


@both
def test_an_empty_variable_gives_way_to_its_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("\ufeffamqp://from-a-file\r\n", encoding="utf-8")
    environment = GOOD | {"HOOKLINE_AMQP_URL": "", "HOOKLINE_AMQP_URL_FILE": str(tmp_path / "url")}
    assert ("amqp://from-a-file",) == read(environment).amqp_url


@pytest.mark.parametrize("content", ["", "\n", " \r\n "])
@both
def test_an_empty_file_stops_the_start(read: Read, tmp_path: Path, content: str) -> None:
    (tmp_path / "empty").write_text(content)
    (told,) = _problems(read, {"HOOKLINE_LOG_LEVEL_FILE": str(tmp_path / "empty")})
    assert f"HOOKLINE_LOG_LEVEL_FILE={tmp_path}/empty: the file is empty" in told


def test_the_file_of_a_list_may_be_empty_where_there_may_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    named = {f"HOOKLINE_{key.upper()}_FILE": str(tmp_path / "empty") for key in LISTS_FROM_FILES}
    app = read_apps({"HOOKLINE_SECRETS": "x", **named})["spiffy"]
    assert (frozenset(), {}) == (app.refused_shops, app.domains)


# --- the example file


def _listed() -> dict[str, str]:
    """Return the comment that stands above each setting of the example file."""
    found = re.findall(r"((?:^#.*\n)+)^HOOKLINE_(\w+)=$", EXAMPLE_FILE.read_text(), re.MULTILINE)
    return {name.lower(): comment for comment, name in found}


def _as_docker_reads(text: str) -> Environment:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _as_a_shell_reads(text: str, folder: Path) -> Environment:
    (folder / "env").write_text(text)
    script = f"set -a; . {folder}/env; env -0"
    done = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)
    pairs = [pair.partition("=") for pair in done.stdout.split("\0")]
    return {name: value for name, _, value in pairs if name.startswith(PREFIX)}


def _filled(text: str, values: Environment) -> str:
    for name, value in values.items():
        text = re.sub(rf"^{name}=$", f"{name}={value}", text, flags=re.MULTILINE)
    return text


def test_the_example_file_lists_every_setting_once() -> None:
    fields = {
        *ingress.settings.Settings.model_fields,
        *workers.settings.Settings.model_fields,
        *ingress.subscriptions.settings.SubscriptionSettings.model_fields,
        *ConsoleSettings.model_fields,
        *SETTINGS,
        "apps_file",
        "platforms_file",
    }
    names = re.findall(r"^HOOKLINE_(\w+)=", EXAMPLE_FILE.read_text(), re.MULTILINE)
    assert (
        sorted(fields)
        == sorted(EXAMPLES)
        == sorted(name.lower() for name in names)
        == sorted(_listed())
    )


FILLED = [
    GOOD,
    GOOD
    | {
        "HOOKLINE_SHOPS": "[a-z0-9-]+[.]spiffystores[.]com",
        "HOOKLINE_TOPICS": "orders/create,carts/update",
    },
    GOOD | {"HOOKLINE_SECRETS": "", "HOOKLINE_APPS_FILE": "apps.toml"},
]


@pytest.mark.parametrize("values", FILLED)
@both
def test_the_example_file_loads_once_it_is_filled_in(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: Environment
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("apps.toml").write_text('[apps.one]\nsecrets = "hush-hush"\n')
    text = _filled(EXAMPLE_FILE.read_text(), values)
    for environment in (_as_docker_reads(text), _as_a_shell_reads(text, tmp_path)):
        assert read(values) == read(environment)


def _defaults() -> dict[str, str]:
    found = {name: re.search(r"Default: (.+)\n\Z", comment) for name, comment in _listed().items()}
    return {name: match[1] for name, match in found.items() if match}


def test_a_default_of_the_example_file_that_is_set_changes_nothing() -> None:
    written = {
        name: default
        for name, default in _defaults().items()
        if " " not in default and default not in ("any", "none")
    }
    environment = {f"{PREFIX}{name.upper()}": default for name, default in written.items()}
    assert ingress.settings.read(GOOD) == ingress.settings.read(GOOD | environment)
    assert workers.settings.read(GOOD) == workers.settings.read(GOOD | environment)
    assert _console(GOOD) == _console(GOOD | environment)
    differently = {
        "amqp_url",
        "secrets",
        "apps_file",
        "platforms_file",
        "refused_shops",
        "domains",
        "shop_rate",
        "address_rate",
        "secrets_command",
        "address",
        "management_url",
        "shops",
        "topics",
        "shops_list",
        "shop_credential",
        "api_url",
        "sightings",
        "admin_port",
        "log_format",
        "console_users",
        "console_user_header",
        "console_prefix",
        "console_folder",
    }
    assert set(EXAMPLES) - differently == set(written)
    kinds = (
        ingress.settings.Settings,
        workers.settings.Settings,
        ingress.subscriptions.settings.SubscriptionSettings,
        ConsoleSettings,
    )
    ports = [kind.model_fields["admin_port"].default for kind in kinds]
    processes = ("the ingress", "workers", "`subscriptions watch`", "`console`")
    told = ", ".join(f"{port} for {one}" for port, one in zip(ports, processes, strict=True))
    assert told == _defaults()["admin_port"]


def test_the_example_file_names_every_platform() -> None:
    comment = _listed()["platform"]
    assert [] == [platform for platform in PLATFORMS if platform not in comment]


def test_every_example_that_a_message_gives_is_one_that_loads() -> None:
    words = {f"{PREFIX}{name.upper()}": example.split(" ")[0] for name, example in EXAMPLES.items()}
    del words["HOOKLINE_APPS_FILE"]
    del words["HOOKLINE_PLATFORMS_FILE"]
    del words["HOOKLINE_SHOPS_LIST"]
    del words["HOOKLINE_SECRETS_COMMAND"]
    assert [] == [word for word in words.values() if word.endswith((",", ";"))]
    assert ingress.settings.read(words)
    assert workers.settings.read(words)
    assert ingress.subscriptions.settings.read(words)
    assert _console(words)


# --- names


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        (
            "HOOKLINE_DRAIN_TIMOUT",
            "HOOKLINE_DRAIN_TIMOUT is no setting; did you mean HOOKLINE_DRAIN_TIMEOUT?",
        ),
        ("HOOKLINE_MAX_BODDY", "HOOKLINE_MAX_BODDY is no setting; did you mean HOOKLINE_MAX_BODY?"),
        (
            "HOOKLINE_SECRET_FILE",
            "HOOKLINE_SECRET_FILE is no setting; did you mean HOOKLINE_SECRETS_FILE?",
        ),
        ("hookline_port", "hookline_port is no setting; did you mean HOOKLINE_PORT?"),
        ("HOOKLINE_INGRESS_PORT", "HOOKLINE_INGRESS_PORT is no setting"),
        ("HOOKLINE_XYZZY", "HOOKLINE_XYZZY is no setting"),
    ],
)
@both
def test_a_name_that_is_nobodys_is_refused_by_either_command_with_the_nearest(
    read: Read, variable: str, told: str
) -> None:
    (line,) = _problems(read, {variable: "hush-hush"})
    assert line.startswith(told)


@both
def test_what_is_the_other_commands_is_taken_by_neither_for_a_mistake(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("hush-hush")
    file = {"HOOKLINE_SECRETS": "", "HOOKLINE_SECRETS_FILE": str(tmp_path / "secret")}
    assert read(GOOD) == read(GOOD | file | {"HOOKLINE_RABBITMQ_SERVER": "/opt/x", "PATH": "/bin"})


@both
def test_all_problems_are_told_at_once(read: Read) -> None:
    wrong = {
        "HOOKLINE_APP": "A",
        "HOOKLINE_ADMIN_PORT": "x",
        "HOOKLINE_DECLARE": "x",
        "HOOKLINE_TYPO": "",
        "HOOKLINE_AMQP_URL": ",",
    }
    problems = _problems(read, wrong)
    assert sorted(wrong) == sorted(re.split("[=: ]", line)[0] for line in problems)


# --- Kubernetes' service links

LINKS = {
    "HOOKLINE_SERVICE_HOST": "10.0.0.1",
    "HOOKLINE_SERVICE_PORT": "8080",
    "HOOKLINE_SERVICE_PORT_HTTP": "8080",
    "HOOKLINE_PORT": "tcp://10.0.0.1:8080",
    "HOOKLINE_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "HOOKLINE_PORT_8080_TCP_ADDR": "10.0.0.1",
    "HOOKLINE_PORT_8080_TCP_PORT": "8080",
    "HOOKLINE_PORT_8080_TCP_PROTO": "tcp",
    "HOOKLINE_INGRESS_SERVICE_HOST": "10.0.0.2",
    "HOOKLINE_INGRESS_SERVICE_PORT_HTTP_ADMIN": "9080",
    "HOOKLINE_INGRESS_PORT": "tcp://10.0.0.2:8080",
    "HOOKLINE_ADMIN_PORT": "tcp://[fd00::1]:9080",
    "HOOKLINE_ADMIN_PORT_53_UDP": "udp://10.0.0.3:53",
    "HOOKLINE_2_PORT_53_SCTP_PROTO": "sctp",
}
"""What Services called hookline, hookline-ingress, hookline-admin and hookline-2 put into every pod
beside them.
"""


@both
def test_kubernetes_service_links_are_passed_over(read: Read) -> None:
    assert read(GOOD) == read(GOOD | LINKS)


def test_the_service_links_passed_over_are_told_in_one_line() -> None:
    with capture_logs() as lines:
        tell_service_links(GOOD | LINKS | {"HOOKLINE_PORT": "8081"})
        tell_service_links(GOOD)
    names = sorted({*LINKS} - {"HOOKLINE_PORT"})
    assert [
        {"event": "settings.service_links_ignored", "log_level": "info", "variables": names}
    ] == lines


def test_no_setting_is_taken_for_a_service_link() -> None:
    names = [f"{PREFIX}{name.upper()}{ending}" for name in EXAMPLES for ending in ("", "_FILE")]
    assert [] == [
        name
        for name in names
        for value in ("", "8080", "0", "/run/x", "amqp://x")
        if is_service_link(name, value)
    ]


# --- values

NUMBERS = [
    ("ADMIN_PORT", " 5 ", 5),
    ("ADMIN_PORT", "0", 0),
    *[
        ("ADMIN_PORT", text, None)
        for text in ("-1", "65536", "9" * 99, "0x10", "1e3", "True", "nan", "inf", "2.5")
    ],
    ("DRAIN_TIMEOUT", "1e3", 1000),
    ("DRAIN_TIMEOUT", " 0.5 ", 0.5),
    ("DRAIN_TIMEOUT", "0", 0),
    ("DRAIN_TIMEOUT", "86400", 86_400),
    *[
        ("DRAIN_TIMEOUT", text, None)
        for text in ("-1", "86401", "1e999", "nan", "inf", "0x10", "True", "ten", "5s")
    ],
    ("CONFIRM_TIMEOUT", "4.5", 4.5),
    *[
        ("CONFIRM_TIMEOUT", text, None)
        for text in ("0", "-0.0", "-1", "999999999", "NaN", "Infinity")
    ],
    ("JOURNAL", " 7d ", 604_800),
    ("JOURNAL", "1d12h", 129_600),
    *[("JOURNAL", text, None) for text in ("7", "7D", "-1d", "0s", "99999w", "on", "week")],
    ("JOURNAL_BYTES", "2 GiB", 2 * 1024**3),
    ("JOURNAL_BYTES", "10000000", 10_000_000),
    *[("JOURNAL_BYTES", text, None) for text in ("9999999", "1PiB", "2000TiB", "1GB", "off")],
    ("TAPS", " On", "on"),
    ("TAPS", "yes", None),
    ("LOG_LEVEL", " debug ", "DEBUG"),
    ("DECLARE", "Verify", "verify"),
    ("LOG_FORMAT", " JSON", "json"),
    ("LOG_FORMAT", "xml", None),
]


@pytest.mark.parametrize(("name", "written", "meant"), NUMBERS)
@both
def test_a_value_means_the_same_to_both_commands_or_is_refused_with_name_value_and_example(
    read: Read, name: str, written: str, meant: Any
) -> None:
    if meant is not None:
        assert meant == getattr(read(GOOD | {f"HOOKLINE_{name}": written}), name.lower())
        return

    (line,) = _problems(read, {f"HOOKLINE_{name}": written})
    assert line.startswith(f"HOOKLINE_{name}={written[:50]!r}"[:-1])
    assert f"; for example {EXAMPLES[name.lower()]}" in line


@given(
    st.dictionaries(
        st.sampled_from(
            [f"{PREFIX}{name.upper()}{ending}" for name in EXAMPLES for ending in ("", "_FILE")]
        ),
        st.text(st.characters(exclude_characters="\0"))
        | st.sampled_from(["/", "/dev/null", "amqp://[", "1e99999", "a:,b:"]),
    )
)
@example({"HOOKLINE_MAX_BODY": "9" * 5000})
@example({"HOOKLINE_SHOPS": "a{99999999999999999999}"})
@example({"HOOKLINE_SECRETS": "\udcff"})
@both
def test_whatever_is_set_loads_or_is_a_settings_error(read: Read, environment: Environment) -> None:
    with suppress(SettingsError):
        read(environment)


@both
def test_quotes_that_an_environment_file_left_around_a_value_are_refused(read: Read) -> None:
    (line,) = _problems(read, {"HOOKLINE_AMQP_URL": '"amqp://user:pa55word@broker/"\r'})
    assert line == "HOOKLINE_AMQP_URL: the quotes around it count as part of it; leave them out"


@pytest.mark.parametrize(
    "written",
    ["# hush-hush: required", " # hush-hush", "hush-hush   # required", "hush-hush\t# required"],
)
@both
def test_a_comment_that_an_environment_file_left_behind_a_value_is_refused(
    read: Read, written: str
) -> None:
    line = _problems(read, {"HOOKLINE_SECRETS": written})[0]
    assert line == (
        "HOOKLINE_SECRETS: a comment stands behind the = and counts as part of it;"
        " give it a line of its own"
    )


@both
def test_what_is_secret_is_not_shown_where_it_stands_in_the_place_of_its_file(read: Read) -> None:
    (line,) = _problems(
        read, {"HOOKLINE_AMQP_URL": "", "HOOKLINE_AMQP_URL_FILE": "amqp://user:pa55word@broker/"}
    )
    assert line.startswith("HOOKLINE_AMQP_URL_FILE: No such file")


@both
def test_settings_that_are_printed_show_no_secret(read: Read) -> None:
    settings = read(GOOD | {"HOOKLINE_MANAGEMENT_URL": "http://user:pa55word@broker/"})
    assert "pa55word" not in f"{settings!r} {settings}"
    of_shops = {"shop_credential", "credential"}
    assert (
        of_shops
        | {
            "amqp_url",
            "management_url",
            "secrets",
            "secrets_command",
            "console_users",
        }
        == SECRET_SETTINGS
    )


def test_the_consoles_settings_that_are_printed_show_no_hash_and_wrong_ones_neither() -> None:
    secret = f"scrypt.15.8.1.{'A' * 22}.{'B' * 43}"
    settings = _console(GOOD | {"HOOKLINE_CONSOLE_USERS": f"jane:{secret}:viewer"})
    assert "BBB" not in f"{settings!r} {settings}"
    told = _problems(_console, {"HOOKLINE_CONSOLE_USERS": f"jane:{secret}:king"})
    assert "BBB" not in "".join(told)


def test_a_process_is_told_a_setting_wherever_its_parent_has_it_from() -> None:
    parent = {
        "HOOKLINE_ADMIN_PORT_FILE": "/port",
        "HOOKLINE_PORT": "tcp://10.0.0.1:8080",
        "HOOKLINE_HOST": "::1",
        "A": "b",
    }
    child = overriding(parent, admin_port="", port="81")
    assert {
        "HOOKLINE_ADMIN_PORT": "",
        "HOOKLINE_PORT": "81",
        "HOOKLINE_HOST": "::1",
        "A": "b",
    } == child
