"""The workers' settings: read from where they may stand, and refused by name."""

from pathlib import Path

import pytest

from workers.settings import SettingsError, read

URL = {"HOOKLINE_AMQP_URL": "amqp://user:pa55word@broker:5672/%2F"}


def test_one_url_is_enough() -> None:
    settings = read(URL)
    expected = {
        "amqp_url": ("amqp://user:pa55word@broker:5672/%2F",),
        "app": "spiffy",
        "admin_host": "127.0.0.1",
        "admin_port": 9081,
        "drain_timeout": 25.0,
    }
    assert expected == settings.model_dump(include=set(expected))
    assert "/" == settings.vhost


def test_several_urls_are_tried_in_turn() -> None:
    assert ("amqp://a", "amqp://b") == read({"HOOKLINE_AMQP_URL": "amqp://a, amqp://b"}).amqp_url


def test_a_value_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("amqp://from-a-file\n")
    assert ("amqp://from-a-file",) == read(
        {"HOOKLINE_AMQP_URL_FILE": str(tmp_path / "url")}
    ).amqp_url


WRONG = [
    ({}, "HOOKLINE_AMQP_URL is not set; for example HOOKLINE_AMQP_URL=amqp://"),
    (
        {"HOOKLINE_AMQP_URL": "http://user:pa55word@x"},
        "HOOKLINE_AMQP_URL: each URL begins with amqp://",
    ),
    (
        {"HOOKLINE_AMQP_URL": "amqp://user:pa55word/x@broker"},
        "HOOKLINE_AMQP_URL: not a URL; percent-encode",
    ),
    (URL | {"HOOKLINE_ADMIN_PORT": "70000"}, "HOOKLINE_ADMIN_PORT='70000'"),
    (URL | {"HOOKLINE_APP": "A.B"}, "HOOKLINE_APP='A.B'"),
    (URL | {"HOOKLINE_DRAIN_TIMEOUT": "nan"}, "HOOKLINE_DRAIN_TIMEOUT='nan'"),
    (URL | {"HOOKLINE_DECLARE": "maybe"}, "HOOKLINE_DECLARE='maybe'"),
    (
        URL | {"HOOKLINE_AMQP_URL_FILE": "/x"},
        "HOOKLINE_AMQP_URL and HOOKLINE_AMQP_URL_FILE are both set",
    ),
    ({"HOOKLINE_AMQP_URL_FILE": "/not/there"}, "HOOKLINE_AMQP_URL_FILE=/not/there"),
]


@pytest.mark.parametrize(("environment", "told"), WRONG)
def test_a_bad_setting_is_refused_by_name_and_without_its_secret(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(environment)
    assert told in str(caught.value)
    assert "pa55word" not in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"HOOKLINE_APP": "A", "HOOKLINE_ADMIN_PORT": "x"})
    assert len(str(caught.value).splitlines()) == 3


# --- several apps in one file, the ingress's too


@pytest.mark.parametrize(
    ("apps", "named", "app"),
    [
        (["one"], {}, "one"),
        (["one"], {"HOOKLINE_APP": ""}, "one"),
        (["one"], {"HOOKLINE_APP": "one"}, "one"),
        (["one", "two"], {"HOOKLINE_APP": "two"}, "two"),
    ],
)
def test_workers_work_for_the_app_of_the_file_that_is_meant(
    tmp_path: Path, apps: list[str], named: dict[str, str], app: str
) -> None:
    assert app == read(URL | _file(tmp_path, apps) | named).app


@pytest.mark.parametrize(
    ("apps", "named", "told"),
    [
        (
            ["one", "two"],
            {},
            (
                "HOOKLINE_APP is not set, and HOOKLINE_APPS_FILE has several apps: one, two;"
                " for example HOOKLINE_APP=one"
            ),
        ),
        (
            ["one", "two"],
            {"HOOKLINE_APP": "spiffy"},
            "HOOKLINE_APP='spiffy': not in HOOKLINE_APPS_FILE; there are one, two",
        ),
        (["one", "Two"], {}, "[apps.Two]: app name 'Two': use at most 60"),
        ([], {}, "HOOKLINE_APPS_FILE="),
    ],
)
def test_workers_must_be_told_which_app_of_the_file_they_work_for(
    tmp_path: Path, apps: list[str], named: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(URL | _file(tmp_path, apps) | named)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(told)


def test_workers_need_no_secret_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "apps.toml").write_text('[apps.one]\nsecrets_file = "/not/for/workers"\n')
    assert "one" == read(URL | {"HOOKLINE_APPS_FILE": str(tmp_path / "apps.toml")}).app


def _file(folder: Path, apps: list[str]) -> dict[str, str]:
    (folder / "apps.toml").write_text(
        "".join(f"[apps.{app}]\nsecrets = 'pa55word'\n" for app in apps)
    )
    return {"HOOKLINE_APPS_FILE": str(folder / "apps.toml")}
