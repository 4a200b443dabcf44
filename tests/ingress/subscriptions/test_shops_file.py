"""The file of shops: which there are, whose they are, and what is said of a wrong one."""

from pathlib import Path

import pytest

from ingress.registration import App
from ingress.subscriptions.shops_file import shops_of_file

APP = App(name="spiffy", secrets="hush-hush-hush", shops=r"[a-z0-9-]+[.]spiffystores[.]com")
JOHN = 'shop = "johns-apparel.spiffystores.com"'


def read(folder: Path, text: str, *, is_only: bool = True) -> tuple[dict[str, str], list[str]]:
    """Return the credentials by shop, and what is wrong."""
    file = folder / "shops.toml"
    file.write_text(text)
    problems: list[str] = []
    shops = shops_of_file(str(file), APP, is_only=is_only, problems=problems)
    assert "pa55word" not in f"{problems} {shops}"
    return {one.shop: one.credential for one in shops}, problems


def test_each_shop_is_a_table_and_its_credential_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    text = f"""
[[shops]]
shop = "Johns-Apparel.spiffystores.com."
credential = "key:pa55word"

[[shops]]
shop = "second.spiffystores.com"
credential_file = "{tmp_path}/token"
"""
    wanted = {
        "johns-apparel.spiffystores.com": "key:pa55word",
        "second.spiffystores.com": "from-a-file",
    }
    assert (wanted, []) == read(tmp_path, text)


def test_of_several_apps_each_shop_says_whose_it_is(tmp_path: Path) -> None:
    text = f"""
[[shops]]
{JOHN}
credential = "one"
app = "spiffy"
[[shops]]
{JOHN}
credential = "two"
app = "another"
[[shops]]
shop = "second.spiffystores.com"
credential = "three"
"""
    shops, problems = read(tmp_path, text, is_only=False)
    assert {"johns-apparel.spiffystores.com": "one"} == shops
    assert [
        '[[shops]] 3, second.spiffystores.com: whose credential is it? say app = "spiffy"'
    ] == problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "HOOKLINE_SHOPS_LIST='shops.toml': no shop in it; each shop is a table [[shops]]"),
        ("[[shops", "HOOKLINE_SHOPS_LIST='shops.toml': "),
        (f"a = {'[' * 100_000}", "HOOKLINE_SHOPS_LIST='shops.toml': "),
        (f"[shops.johns]\n{JOHN}", "HOOKLINE_SHOPS_LIST='shops.toml': no shop in it; each shop"),
        ("shops = [5]", "[[shops]] 1: a table is wanted, not a number; each shop"),
        (f"[[shops]]\n{JOHN}", "[[shops]] 1 credential is not set; for example [[shops]] 1"),
        ('[[shops]]\ncredential = "pa55word"', "[[shops]] 1 shop is not set; for example"),
        (
            f'[[shops]]\n{JOHN}\ntoken = "pa55word"',
            "[[shops]] 1 token is no setting; a shop has shop, credential, app",
        ),
        (
            f'[[shops]]\n{JOHN}\ncredential = "pa55word pa55word"',
            "[[shops]] 1 credential: a token, or key:password, is wanted",
        ),
        (
            f'[[shops]]\n{JOHN}\ncredential = "pa55word"\ncredential_file = "/x"',
            "[[shops]] 1 credential and [[shops]] 1 credential_file are both set; keep one",
        ),
        (
            f'[[shops]]\n{JOHN}\ncredential_file = "pa55word"',
            "[[shops]] 1 credential_file: No such file or directory; for example /run/secrets/",
        ),
        (
            '[[shops]]\nshop = "https://johns.spiffystores.com"\ncredential = "pa55word"',
            "[[shops]] 1 shop='https://johns.spiffystores.com': a shop's host name is wanted",
        ),
        (
            '[[shops]]\nshop = "johns.myshopify.com"\ncredential = "pa55word"',
            "[[shops]] 1, johns.myshopify.com: no shop of spiffy, whose ingress would refuse it",
        ),
        (
            f'[[shops]]\n{JOHN}\ncredential = "pa55word"\n' * 2,
            "[[shops]] 2, johns-apparel.spiffystores.com: it is there twice",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_wrong_is_told_by_its_place_and_without_a_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _, problems = read(Path(), text)
    assert [told] == [problem[: len(told)] for problem in problems if problem.startswith(told)]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("johns-apparel.spiffystores.com", True),
        ("spiffystores.com.", True),
        ("xn--bcher-kva.example.com", True),
        (f"{'a' * 63}.com", True),
        (f"{'a' * 64}.com", False),
        ("johns..spiffystores.com", False),
        ("johns.spiffystores.com..", False),
        (".spiffystores.com", False),
        ("johns-.spiffystores.com", False),
        (".".join(["a" * 50] * 6), False),
        ("spiffystores", False),
        ("two words.example.com", False),
        ("-a.example.com/admin", False),
        ("a.example.com:8080", False),
        ("user@a.example.com", False),
        ("", False),
    ],
)
def test_a_shop_is_a_host_name_and_nothing_that_leads_elsewhere(
    tmp_path: Path, name: str, good: bool
) -> None:
    app = App(name="spiffy", secrets="hush-hush-hush")
    file = tmp_path / "shops.toml"
    file.write_text(f'[[shops]]\nshop = "{name}"\ncredential = "x"\n')
    problems: list[str] = []
    shops = shops_of_file(str(file), app, is_only=True, problems=problems)
    assert (good, good) == (len(shops) == 1, not problems)
