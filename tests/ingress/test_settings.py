"""The ingress's settings and apps: read from where they may stand, refused by name where they
cannot be used.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.app_settings import EXAMPLES, SETTINGS
from ingress.platforms import PLATFORMS
from ingress.registration import App
from ingress.settings import SettingsError, read, read_apps

GOOD = {"HOOKLINE_AMQP_URL": "amqp://user:pa55word@broker/", "HOOKLINE_SECRETS": "hush"}


def test_a_url_and_a_secret_are_enough() -> None:
    settings, apps = read(GOOD)
    expected = {
        "port": 8080,
        "admin_host": "127.0.0.1",
        "admin_port": 9080,
        "max_body": 2 * 1024**2,
        "body_timeout": 10,
        "confirm_timeout": 4,
        "max_in_flight": 500,
        "drain_timeout": 25,
    }
    assert expected == settings.model_dump(include=set(expected))
    assert {"spiffy": App(name="spiffy", secrets={"secret-1": "hush"})} == apps


@pytest.mark.parametrize(
    ("written", "secrets"),
    [
        ("hush", {"secret-1": b"hush"}),
        ("new:s3cret,old:0ld", {"new": b"s3cret", "old": b"0ld"}),
        ("new:with:colons", {"new": b"with:colons"}),
        ("UPPER:case", {"secret-1": b"UPPER:case"}),
        ("a:1, 2", {"a": b"1", "secret-2": b"2"}),
        ("a:b:c", {"a": b"b:c"}),
        (" new: s3cret \nold:0ld\r\n", {"new": b"s3cret", "old": b"0ld"}),
        ("caf\udce9", {"secret-1": b"caf\xe9"}),
    ],
)
def test_secrets_have_names(written: str, secrets: dict[str, bytes]) -> None:
    assert secrets == read_apps(GOOD | {"HOOKLINE_SECRETS": written})["spiffy"].secrets


def test_values_can_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("new:s3cret\n")
    environment = {
        "HOOKLINE_AMQP_URL": "amqp://x",
        "HOOKLINE_SECRETS_FILE": str(tmp_path / "secrets"),
    }
    assert {"new": b"s3cret"} == read(environment)[1]["spiffy"].secrets


def test_several_apps_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("rusty")
    (tmp_path / "apps.toml").write_text(
        '[apps.one]\nsecrets = ["new:a", "old:b"]\ntopics = ["orders/create"]\n'
        f'[apps.two]\nsecrets_file = "{tmp_path}/secret"\nplatform = "shopify"\n'
        'signature = "hex"\nshops = "[a-z]+"\n'
    )
    one, two = read_apps({"HOOKLINE_APPS_FILE": str(tmp_path / "apps.toml")}).values()
    assert App(name="one", secrets={"new": "a", "old": "b"}, topics=["orders/create"]) == one
    assert two == App(
        name="two",
        secrets={"secret-1": "rusty"},
        platform="shopify",
        signature="hex",
        shops="[a-z]+",
    )


WRONG = [
    ({"HOOKLINE_SECRETS": ""}, "HOOKLINE_SECRETS: no secret"),
    ({"HOOKLINE_SECRETS": " , "}, "HOOKLINE_SECRETS: no secret"),
    ({"HOOKLINE_SECRETS": "pa55word,old:"}, "HOOKLINE_SECRETS: the secret 'old' is empty"),
    ({"HOOKLINE_SECRETS": "old: ,pa55word"}, "HOOKLINE_SECRETS: the secret 'old' is empty"),
    ({"HOOKLINE_SECRETS": "a:pa55word,a:2"}, "HOOKLINE_SECRETS: two secrets are called 'a'"),
    (
        {"HOOKLINE_SECRETS": "a:pa55word,b:pa55word"},
        "HOOKLINE_SECRETS: the secret 'b' is the same as another one",
    ),
    (
        {"HOOKLINE_SECRETS": '{"current": "pa55word"}'},
        "HOOKLINE_SECRETS: name:value, comma-separated, is wanted",
    ),
    (
        {"HOOKLINE_SECRETS": "platform:pa55word"},
        "HOOKLINE_SECRETS: 'platform' is a setting's name and no secret's",
    ),
    (
        {"HOOKLINE_SECRETS": "$(pa55word)"},
        "HOOKLINE_SECRETS: the secret 'secret-1' is a placeholder",
    ),
    (
        {"HOOKLINE_SECRETS": "new:${pa55word}"},
        "HOOKLINE_SECRETS: the secret 'new' is a placeholder",
    ),
    (
        {"HOOKLINE_SECRETS": "{{ pa55word }}"},
        "HOOKLINE_SECRETS: the secret 'secret-1' is a placeholder",
    ),
    (
        {"HOOKLINE_SECRETS": "new:pa55word\n-----BEGIN"},
        "HOOKLINE_SECRETS: of several lines each is name:value, and entry 2",
    ),
    (
        {"HOOKLINE_SECRETS": '["pa55word"]'},
        "HOOKLINE_SECRETS: name:value, comma-separated, is wanted",
    ),
    (
        {"HOOKLINE_SECRETS": "", "HOOKLINE_SECRETS_FILE": "pa55word"},
        "HOOKLINE_SECRETS_FILE: No such file",
    ),
    (
        {"HOOKLINE_SECRETS": "", "HOOKLINE_SECRETS_FILE": "/dev/null"},
        "HOOKLINE_SECRETS_FILE=/dev/null: the file is empty",
    ),
    ({"HOOKLINE_AMQP_URL": "http://pa55word"}, "HOOKLINE_AMQP_URL: each URL begins with amqp://"),
    (
        {"HOOKLINE_AMQP_URL": "amqp://user:pa55word/x@broker"},
        "HOOKLINE_AMQP_URL: not a URL; percent-encode",
    ),
    ({"HOOKLINE_PORT": "eighty"}, "HOOKLINE_PORT='eighty'"),
    ({"HOOKLINE_MAX_BODY": "2 bananas"}, "HOOKLINE_MAX_BODY='2 bananas': a size is"),
    ({"HOOKLINE_BODY_TIMEOUT": "0"}, "HOOKLINE_BODY_TIMEOUT='0'"),
    ({"HOOKLINE_MAX_BODY": "0"}, "HOOKLINE_MAX_BODY='0'"),
    ({"HOOKLINE_MAX_BODY": "-1"}, "HOOKLINE_MAX_BODY='-1': a size is"),
    ({"HOOKLINE_MAX_BODY": "1e6"}, "HOOKLINE_MAX_BODY='1e6': a size is"),
    ({"HOOKLINE_MAX_BODY": "9" * 5000}, f"HOOKLINE_MAX_BODY='{'9' * 59}…: a size is"),
    (
        {"HOOKLINE_MAX_BODY": "1025MiB"},
        "HOOKLINE_MAX_BODY='1025MiB': Input should be less than or equal to",
    ),
    ({"HOOKLINE_MAX_IN_FLIGHT": "0"}, "HOOKLINE_MAX_IN_FLIGHT='0'"),
    ({"HOOKLINE_MAX_IN_FLIGHT": "9" * 30}, "HOOKLINE_MAX_IN_FLIGHT='999"),
    (
        {"HOOKLINE_PLATFORM": "etsy"},
        "HOOKLINE_PLATFORM='etsy': no platform that is known; there are spiffy, shopify",
    ),
    (
        {"HOOKLINE_SIGNATURE": "base32"},
        "HOOKLINE_SIGNATURE='base32': the platform spiffy writes its signatures in base64 or hex",
    ),
    ({"HOOKLINE_TOPICS": "orders"}, "HOOKLINE_TOPICS='orders': a topic is two"),
    (
        {"HOOKLINE_TOPICS": "orders/create,orders"},
        "such as orders/create, not 'orders'; for example",
    ),
    ({"HOOKLINE_TOPICS": " , "}, "HOOKLINE_TOPICS=' , ': no topic in it"),
    ({"HOOKLINE_SHOPS": "("}, "HOOKLINE_SHOPS='(': not a regular expression"),
    (
        {"HOOKLINE_SHOPS": '[[shops]]\nshop = "a.example.com"\ncredential = "pa55word"'},
        "a pattern is wanted; a list of shops is named by HOOKLINE_SHOPS_LIST",
    ),
    (
        {"HOOKLINE_SHOPS": "a{99999999999999999999}"},
        "HOOKLINE_SHOPS='a{99999999999999999999}': not a regular",
    ),
    ({"HOOKLINE_APP": "My App"}, "HOOKLINE_APP='My App': app name"),
    (
        {"HOOKLINE_SECRET": "pa55word"},
        "HOOKLINE_SECRET is no setting; did you mean HOOKLINE_SECRETS?",
    ),
    (
        {"HOOKLINE_SECRETS_FILE": "/not/there"},
        "HOOKLINE_SECRETS and HOOKLINE_SECRETS_FILE are both set",
    ),
    ({"HOOKLINE_APPS_FILE": "/not/there"}, "HOOKLINE_SECRETS: not beside HOOKLINE_APPS_FILE"),
]


@pytest.mark.parametrize(("environment", "told"), WRONG)
def test_a_bad_setting_is_refused_by_name_and_without_its_secret(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(GOOD | environment)
    assert told in str(caught.value)
    assert "pa55word" not in str(caught.value)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_words_count_in_any_case_and_between_blanks(platform: str) -> None:
    *_, encoding = PLATFORMS[platform].scheme.encodings
    words = {
        "HOOKLINE_PLATFORM": f" {platform.upper()} ",
        "HOOKLINE_SIGNATURE": encoding.upper(),
        "HOOKLINE_ADDRESS": "https://hooks.example.com/webhooks/spiffy",
    }
    app = read_apps(GOOD | words)["spiffy"]
    assert (PLATFORMS[platform], encoding) == (app.platform, app.encoding)


# --- the file of several apps


def _app(folder: Path, table: str) -> App:
    (folder / "apps.toml").write_text(f"[apps.one]\n{table}")
    return read_apps({"HOOKLINE_APPS_FILE": str(folder / "apps.toml")})["one"]


def _refused(folder: Path, text: str) -> str:
    (folder / "apps.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_apps({"HOOKLINE_APPS_FILE": str(folder / "apps.toml")})
    assert "pa55word" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        'secrets = {current = "s3cr3t-very-long", previous = "0ld-one"}',
        '[apps.one.secrets]\ncurrent = "s3cr3t-very-long"\nprevious = "0ld-one"',
        'secrets.current = "s3cr3t-very-long"\nsecrets.previous = "0ld-one"',
        'secrets = ["current:s3cr3t-very-long", "previous:0ld-one"]',
        'secrets = "current:s3cr3t-very-long,previous:0ld-one"',
        'secrets = ""\nsecrets_file = "secrets"',
    ],
)
def test_secrets_are_names_and_values_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("secrets").write_text("current:s3cr3t-very-long\nprevious:0ld-one\n")
    assert {"current": b"s3cr3t-very-long", "previous": b"0ld-one"} == _app(
        tmp_path, written
    ).secrets


def test_a_value_in_a_table_is_one_secret_whatever_is_in_it(tmp_path: Path) -> None:
    assert {"a": b"b:c,d"} == _app(tmp_path, "secrets = {a = 'b:c,d'}").secrets


_NAMES = st.text("abcxyz019_-", max_size=20).map("n{}".format)
_VALUES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1)


@given(
    st.dictionaries(_NAMES, _VALUES, min_size=1).filter(
        lambda table: len(set(table.values())) == len(table)
    )
)
def test_no_name_of_a_table_is_ever_a_secret(table: dict[str, str]) -> None:
    secrets = App(name="one", secrets=table).secrets
    assert {name: value.encode() for name, value in table.items()} == secrets


BAD_SECRETS = [
    ("5", "a table of names and texts, a list or a text is wanted, not a number"),
    ("5.5", "a number"),
    ("true", "true or false"),
    ("2026-11-25", "a date"),
    ("2026-11-25T00:00:00Z", "a date"),
    ("07:32:00", "a time"),
    ('["pa55word", 5]', "a list of texts is wanted, and a number is in it"),
    ('["pa55word", ["pa55word"]]', "a list of texts is wanted, and a list is in it"),
    ('[{current = "pa55word"}]', "a list of texts is wanted, and a table is in it"),
    ('["pa55word", " "]', "an empty text is in the list"),
    ("{current = 5}", "the secret 'current' is to be a text, not a number"),
    ("{current = true}", "the secret 'current' is to be a text, not true or false"),
    ('{current = ["pa55word"]}', "the secret 'current' is to be a text, not a list"),
    ('{current = {value = "pa55word"}}', "the secret 'current' is to be a text, not a table"),
    ('{current = "pa55word", old = ""}', "the secret 'old' is empty"),
    ('{current = "pa55word", old = " "}', "the secret 'old' is empty"),
    ('{current = "pa55word", old = "pa55word"}', "the secret 'old' is the same as another one"),
    ('{"pa55word Upper" = "current"}', "the name of secret 1 is not of a-z"),
    ('{Current = "pa55word"}', "the name of secret 1 is not of a-z"),
    (
        '{current = "pa55word", platform = "shopify"}',
        "'platform' is a setting's name and no secret's",
    ),
    ('{current = "pa55word", topics = "orders/create"}', "'topics' is a setting's name"),
    ('{current_file = "/run/secrets/pa55word"}', "'current_file' would make a path the secret"),
    ('{current = "${pa55word}"}', "the secret 'current' is a placeholder"),
    ('{current = "x", "" = "pa55word"}', "the name of secret 2 is not of a-z"),
    ("[]", "no secret"),
    ("{}", "no secret"),
    ('""', "no secret"),
    ('" , "', "no secret"),
]


@pytest.mark.parametrize(("written", "told"), BAD_SECRETS)
def test_secrets_that_are_no_names_and_values_are_refused_and_not_shown(
    tmp_path: Path, written: str, told: str
) -> None:
    line = _refused(tmp_path, f"[apps.one]\nsecrets = {written}\n")
    assert line.startswith("[apps.one] secrets: ")
    assert told in line
    assert '; for example {current = "s3cr3t", previous = "0ld"}' in line


TYPES = {
    "number": "5",
    "float": "nan",
    "boolean": "true",
    "date": "2026-11-25",
    "time": "07:32:00",
    "list": "[[1]]",
    "table": '{a = "b"}',
}


TAKEN = {("domains", "table")} | {("secrets", name) for name in TYPES}
"""What a key does take, or is looked at by other tests."""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(name + ending, value, id=f"{name}{ending}-{kind}")
        for name in SETTINGS
        for ending in ("", "_file")
        for kind, value in TYPES.items()
        if (name + ending, kind) not in TAKEN
    ],
)
def test_a_type_that_the_key_does_not_take_is_refused_with_key_and_example(
    tmp_path: Path, key: str, value: str
) -> None:
    secrets = "" if key == "secrets_file" else 'secrets = "pa55word"\n'
    line = _refused(tmp_path, f"[apps.one]\n{secrets}{key} = {value}\n")
    assert line.startswith(f"[apps.one] {key}: ")
    assert "wanted" in line
    assert "; for example " in line
    assert "\n" not in line


def test_every_example_that_a_message_gives_is_one_that_loads(tmp_path: Path) -> None:
    lines = [
        f"{name} = {re.split(',? or ', example)[0]}"
        for name, example in EXAMPLES.items()
        if name != "secrets_command"
    ]
    assert {"current": b"s3cr3t", "previous": b"0ld"} == _app(tmp_path, "\n".join(lines)).secrets


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_line_for_the_app_that_follows_the_table_of_secrets_is_no_secret(
    tmp_path: Path, setting: str
) -> None:
    told = _refused(tmp_path, f"[apps.one.secrets]\ncurrent = 'pa55word'\n{setting} = '600/m'\n")
    assert (
        f"'{setting}' is a setting's name and no secret's; it belongs above the table of secrets"
        in told
    )


def test_what_is_empty_in_a_table_is_unset(tmp_path: Path) -> None:
    empty = 'platform = ""\nsignature = " "\nshops = ""\ntopics = []\ntopics_file = ""\n'
    assert _app(tmp_path, 'secrets = "hush"') == _app(tmp_path, f'secrets = "hush"\n{empty}')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no table [apps.NAME]"),
        ("apps = 1", "no table [apps.NAME]"),
        ('[[apps]]\nname = "one"', "no table [apps.NAME]"),
        ("[apps]\none = 5", "[apps.one]: a table is wanted, not a number"),
        ('[apps.one]\nsecrets = "x"\n[app.two]\nsecrets = "pa55word"', "app in "),
        ("[apps.one]\nsecrets = []", "[apps.one] secrets: no secret"),
        ("[apps.one]", "[apps.one] secrets: no secret"),
        (
            '[apps.one]\nsecrets = "x"\ncolour = "red"',
            "[apps.one] colour is no setting; an app has secrets, secrets_command, platform,",
        ),
        (
            '[apps.one]\nsecret = "pa55word"',
            "[apps.one] secret is no setting; did you mean secrets?",
        ),
        ('[apps.one]\nsecrets = "x"\nplatform = "etsy"', "[apps.one] platform='etsy': no platform"),
        (
            '[apps.one]\nsecrets = "x"\nsecrets_file = "/x"',
            "[apps.one] secrets and [apps.one] secrets_file are both set",
        ),
        ('[apps.one]\nsecrets_file = "pa55word"', "[apps.one] secrets_file: No such file"),
        (
            '[apps.one]\nsecrets_file = "/not/there"',
            "[apps.one] secrets_file=/not/there: No such file",
        ),
        (
            '[apps.one]\nsecrets_file = "/x\\u0000"',
            "[apps.one] secrets_file='/x\\x00': embedded null byte",
        ),
        ('[apps.One]\nsecrets = "x"', "app name 'One'"),
        ("[apps]\nsecrets = 'pa55word'", "[apps.secrets]: a table is wanted, not a text"),
        ('[apps."o\\u001bne"]', "[apps.'o\\x1bne']: app name"),
        ("[apps.one", "HOOKLINE_APPS_FILE="),
        (f"a = {'[' * 100_000}", "HOOKLINE_APPS_FILE="),
        (f"a = {'9' * 5_000}", "HOOKLINE_APPS_FILE="),
    ],
    ids=lambda text: text[:40],
)
def test_a_bad_apps_file_is_refused_by_table_and_key(tmp_path: Path, text: str, told: str) -> None:
    assert told in _refused(tmp_path, text)


def test_all_that_is_wrong_in_a_file_is_told_at_once(tmp_path: Path) -> None:
    told = _refused(
        tmp_path,
        '[apps.one]\nsecrets = 5\ntopics = 5\n[apps.two]\nsecrets = "x"\nshops = 5\n[apps.Three]\n',
    )
    names = ["[apps.Three]", "[apps.one] secrets", "[apps.one] topics", "[apps.two] shops"]
    assert names == sorted(line.split(":")[0] for line in told.splitlines())


def test_an_app_that_is_named_beside_the_file_must_be_in_it_and_all_are_served(
    tmp_path: Path,
) -> None:
    (tmp_path / "apps.toml").write_text('[apps.one]\nsecrets = "a"\n[apps.two]\nsecrets = "b"\n')
    file = {"HOOKLINE_APPS_FILE": str(tmp_path / "apps.toml")}
    assert ["one", "two"] == list(read_apps(file | {"HOOKLINE_APP": "two"}))
    with pytest.raises(
        SettingsError,
        match=r"^HOOKLINE_APP='three': not in HOOKLINE_APPS_FILE; there are one, two$",
    ):
        read_apps(file | {"HOOKLINE_APP": "three"})


def test_an_app_that_is_printed_shows_no_secret() -> None:
    app = App(name="one", secrets="pa55word")
    assert "pa55word" not in f"{app!r} {app}"
