"""The settings of `subscriptions`, and which shops they mean."""

from pathlib import Path

import pytest

from ingress.subscriptions.settings import SubscriptionSettings, read, read_shops
from runtime.settings import SettingsError

GOOD = {"HOOKLINE_SECRETS": "hush-hush"}


def refused(environment: dict[str, str], *chosen: str) -> str:
    """Return what is wrong with settings, or with the shops that they mean."""

    def shops() -> None:
        found, apps = read(GOOD | environment)
        read_shops(found, apps["spiffy"], list(chosen), is_only=True)

    with pytest.raises(SettingsError) as caught:
        shops()
    assert "pa55word" not in str(caught.value)
    return str(caught.value)


def settings(**given: str) -> SubscriptionSettings:
    """Return settings that are good."""
    return read(GOOD | {f"HOOKLINE_{name}": value for name, value in given.items()})[0]


def test_no_broker_is_needed_and_nothing_but_the_apps() -> None:
    found, apps = read(GOOD)
    assert (["spiffy"], 9083, 3600) == ([*apps], found.admin_port, found.look_every)


def test_all_that_is_wrong_is_told_at_once_and_once() -> None:
    wrong = {"HOOKLINE_SECRETS": "", "HOOKLINE_LOOK_EVERY": "0", "HOOKLINE_LOOK_EVRY": "5"}
    lines = refused(wrong).splitlines()
    assert ["HOOKLINE_LOOK_EVERY", "HOOKLINE_LOOK_EVRY", "HOOKLINE_SECRETS"] == sorted(
        line.partition(" ")[0].rstrip(":").partition("=")[0] for line in lines
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8090", "http://[::1]:8090", "https://proxy/"])
def test_the_api_may_stand_on_this_machine_or_behind_tls(url: str) -> None:
    assert url == settings(API_URL=url).api_url


@pytest.mark.parametrize("url", ["http://10.0.0.1", "http://shop.example.com", "ftp://127.0.0.1"])
def test_no_credential_goes_over_the_network_in_plain(url: str) -> None:
    assert refused({"HOOKLINE_API_URL": url}).startswith(f"HOOKLINE_API_URL='{url}': the ")


def test_a_version_is_no_path() -> None:
    assert "HOOKLINE_API_VERSION=" in refused({"HOOKLINE_API_VERSION": "../../x"})


def test_one_shop_needs_no_file() -> None:
    found, apps = read(GOOD | {"HOOKLINE_SHOP_CREDENTIAL": "pa55word"})
    (shop,) = read_shops(found, apps["spiffy"], ["a.spiffystores.com"], is_only=True)
    assert ("a.spiffystores.com", "pa55word") == (shop.shop, shop.credential)
    assert "pa55word" not in f"{found!r} {shop!r}"


@pytest.mark.parametrize(
    ("environment", "chosen", "told"),
    [
        ({}, [], "which shops, with which credentials? HOOKLINE_SHOPS_LIST names a file"),
        ({}, ["a.example.com"], "which shops, with which credentials? HOOKLINE_SHOPS_LIST"),
        ({"HOOKLINE_SHOP_CREDENTIAL": "pa55word"}, [], "--shop: HOOKLINE_SHOP_CREDENTIAL is that"),
        ({"HOOKLINE_SHOP_CREDENTIAL": "pa55word"}, ["a.b", "c.d"], "--shop: HOOKLINE_SHOP_CREDE"),
        ({"HOOKLINE_SHOP_CREDENTIAL": "pa55word x"}, ["a.b"], "--shop 'a.b' with HOOKLINE_SHOP_"),
        ({"HOOKLINE_SHOP_CREDENTIAL": "pa55word"}, ["a/b"], "--shop 'a/b' with HOOKLINE_SHOP_CR"),
    ],
)
def test_a_shop_without_credential_or_name_is_refused(
    environment: dict[str, str], chosen: list[str], told: str
) -> None:
    assert refused(environment, *chosen).startswith(told)


def test_the_list_can_be_narrowed_to_shops_that_are_in_it(tmp_path: Path) -> None:
    table = '[[shops]]\nshop = "{}.example.com"\ncredential = "x"\n'
    (tmp_path / "shops").write_text("".join(map(table.format, "abc")))
    listed = {"HOOKLINE_SHOPS_LIST": str(tmp_path / "shops")}
    found, apps = read(GOOD | listed)
    chosen = read_shops(found, apps["spiffy"], ["b.example.com"], is_only=True)
    assert ["b.example.com"] == [one.shop for one in chosen]
    assert refused(listed, "d.example.com").startswith("--shop d.example.com: not in /")


def test_a_list_without_a_shop_of_the_app_is_told(tmp_path: Path) -> None:
    text = '[[shops]]\nshop = "a.example.com"\ncredential = "x"\napp = "another"\n'
    (tmp_path / "shops").write_text(text)
    told = refused({"HOOKLINE_SHOPS_LIST": str(tmp_path / "shops")})
    assert told.endswith("shops: no shop of spiffy in it")
