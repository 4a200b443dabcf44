"""The ingress's settings and apps: read from where they may stand, refused by name where they cannot be used."""

from pathlib import Path

import pytest

from ingress.settings import EXAMPLES, SettingsError, read, read_apps

GOOD = {"HOOKLINE_AMQP_URL": "amqp://user:pa55word@broker/", "HOOKLINE_SECRETS": "hush"}


def test_a_url_and_a_secret_are_enough() -> None:
    settings, apps = read(GOOD)
    assert (8080, "127.0.0.1", 9080, 2 * 1024**2, 10, 4, 500, 25) == (
        settings.port, settings.admin_host, settings.admin_port, settings.max_body, settings.body_timeout,
        settings.confirm_timeout, settings.max_in_flight, settings.drain_timeout,
    )  # fmt: skip
    assert ["spiffy"] == list(apps)
    assert ({"secret-1": b"hush"}, "spiffy", None) == (
        apps["spiffy"].secrets,
        apps["spiffy"].platform,
        apps["spiffy"].topics,
    )


@pytest.mark.parametrize(
    ("written", "secrets"),
    [
        ("hush", {"secret-1": b"hush"}),
        ("new:s3cret,old:0ld", {"new": b"s3cret", "old": b"0ld"}),
        ("new:with:colons", {"new": b"with:colons"}),
        ("UPPER:case", {"secret-1": b"UPPER:case"}),
        ("a:1, 2", {"a": b"1", "secret-2": b"2"}),
    ],
)
def test_secrets_have_names(written: str, secrets: dict[str, bytes]) -> None:
    assert secrets == read_apps(GOOD | {"HOOKLINE_SECRETS": written})["spiffy"].secrets


def test_values_can_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("new:s3cret\n")
    environment = {"HOOKLINE_AMQP_URL": "amqp://x", "HOOKLINE_SECRETS_FILE": str(tmp_path / "secrets")}
    assert {"new": b"s3cret"} == read(environment)[1]["spiffy"].secrets


def test_several_apps_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("rusty")
    (tmp_path / "apps.toml").write_text(
        '[apps.one]\nsecrets = ["new:a", "old:b"]\ntopics = ["orders/create"]\n'
        f'[apps.two]\nsecrets_file = "{tmp_path}/secret"\nplatform = "shopify"\nsignature = "hex"\nshops = "[a-z]+"\n'
    )
    one, two = read_apps({"HOOKLINE_APPS_FILE": str(tmp_path / "apps.toml")}).values()
    assert ({"new": b"a", "old": b"b"}, frozenset({"orders/create"})) == (one.secrets, one.topics)
    assert ("two", {"secret-1": b"rusty"}, "shopify", "hex") == (two.name, two.secrets, two.platform, two.signature)
    assert two.shops.fullmatch("abc")


WRONG = [
    ({"HOOKLINE_SECRETS": ""}, "HOOKLINE_SECRETS: no secret"),
    ({"HOOKLINE_SECRETS": " , "}, "HOOKLINE_SECRETS: no secret"),
    ({"HOOKLINE_SECRETS": "pa55word,old:"}, "HOOKLINE_SECRETS: the secret 'old' is empty"),
    ({"HOOKLINE_SECRETS": "a:pa55word,a:2"}, "HOOKLINE_SECRETS: two secrets are called 'a'"),
    ({"HOOKLINE_AMQP_URL": "http://pa55word"}, "HOOKLINE_AMQP_URL: each URL begins with amqp://"),
    ({"HOOKLINE_AMQP_URL": "amqp://user:pa55word/x@broker"}, "HOOKLINE_AMQP_URL: not a URL; percent-encode"),
    ({"HOOKLINE_PORT": "eighty"}, "HOOKLINE_PORT='eighty'"),
    ({"HOOKLINE_MAX_BODY": "2 bananas"}, "HOOKLINE_MAX_BODY='2 bananas': a size is"),
    ({"HOOKLINE_BODY_TIMEOUT": "0"}, "HOOKLINE_BODY_TIMEOUT='0'"),
    ({"HOOKLINE_PLATFORM": "etsy"}, "HOOKLINE_PLATFORM='etsy'"),
    ({"HOOKLINE_TOPICS": "orders"}, "HOOKLINE_TOPICS='orders': a topic is two"),
    ({"HOOKLINE_SHOPS": "("}, "HOOKLINE_SHOPS='(': not a regular expression"),
    ({"HOOKLINE_APP": "My App"}, "HOOKLINE_APP='My App': app name"),
    ({"HOOKLINE_SECRET": "pa55word"}, "HOOKLINE_SECRET is no setting; did you mean HOOKLINE_SECRETS?"),
    ({"HOOKLINE_SECRETS_FILE": "/not/there"}, "HOOKLINE_SECRETS_FILE and the same without _FILE are both set"),
    ({"HOOKLINE_APPS_FILE": "/not/there"}, "HOOKLINE_SECRETS: not beside HOOKLINE_APPS_FILE"),
]


@pytest.mark.parametrize(("environment", "told"), WRONG)
def test_a_bad_setting_is_refused_by_name_and_without_its_secret(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(GOOD | environment)
    assert told in str(caught.value)
    assert "pa55word" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apps = 1", "no table"),
        ("[apps.one]\nsecrets = []", "[apps.one] secrets: no secret"),
        ('[apps.one]\nsecrets = "x"\ncolour = "red"', "[apps.one] colour is no setting of an app"),
        ('[apps.One]\nsecrets = "x"', "app name 'One'"),
        ("[apps.one", "HOOKLINE_APPS_FILE="),
    ],
)
def test_a_bad_apps_file_is_refused_by_table_and_key(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "apps.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_apps({"HOOKLINE_APPS_FILE": str(tmp_path / "apps.toml")})
    assert told in str(caught.value)


def test_every_setting_is_in_the_example_file() -> None:
    listed = (Path(__file__).parents[2] / "deploy/env.example").read_text()
    assert [] == [name for name in EXAMPLES if f"HOOKLINE_{name.upper()}=" not in listed]
