"""Finding consumers, in modules and in what packages offer; what cannot be used says what, where,
how it should be.
"""

import sys
from pathlib import Path

import pytest

from workers import Consumer, RetryPolicy
from workers.consumer import BadConsumer
from workers.discovery import load


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder; modules loaded from it are forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("authors", "others", "broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


HANDLER = """
from workers import Delivery, consumer
@consumer("orders/create"{options})
async def erp(delivery: Delivery[bytes]) -> None: ...
"""


def test_the_consumers_of_a_module_are_those_it_holds(here: Path) -> None:
    (here / "authors.py").write_text(HANDLER.format(options="") + "alias = erp\n")
    (found,) = load(["authors"])
    assert isinstance(found, Consumer)
    assert (found.name, found.retry) == ("erp", RetryPolicy())
    assert sys.path[-1] == ""


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("x = 1", "holds no consumer"),
        ("import nowhere_to_be_found", "ModuleNotFoundError.*nowhere_to_be_found"),
        ("1/0", "ZeroDivisionError"),
        (HANDLER.format(options=", timeout=0"), "timeout"),
        (HANDLER.format(options="").replace("...", "yield"), "does not yield"),
    ],
)
def test_a_module_that_cannot_be_used_says_why(here: Path, text: str, advice: str) -> None:
    (here / "authors.py").write_text(text)
    with pytest.raises(BadConsumer, match=advice):
        load(["authors"])


def test_two_consumers_of_one_name_are_refused(here: Path) -> None:
    (here / "authors.py").write_text(HANDLER.format(options=""))
    (here / "others.py").write_text(HANDLER.format(options=""))
    with pytest.raises(BadConsumer, match="two consumers are called 'erp'"):
        load(["authors", "others"])


def test_the_examples_are_found() -> None:
    assert {"abandoned_carts", "erp", "ledger"} == {one.name for one in load(["shop.consumers"])}


@pytest.mark.parametrize(
    "text",
    [
        "ALL = [erp]\ndel erp",
        "ALL = ({1: erp},)\ndel erp",
        "ALL = {erp.name: erp}\ndel erp",
        "class Handlers:\n    one = erp\ndel erp",
        "class Handlers:\n    one = staticmethod(erp)\ndel erp",
        "ALL = [erp]\nALL.append(ALL)",
    ],
    ids=["list", "tuple of dicts", "dict", "class", "static method", "a list in itself"],
)
def test_consumers_are_found_where_a_module_keeps_them(here: Path, text: str) -> None:
    (here / "authors.py").write_text(HANDLER.format(options="") + text)
    assert ["erp"] == [one.name for one in load(["authors"])]


FAILING = [
    (
        "x = 1\n\nimport nowhere_to_be_found",
        r"authors.py:3: ModuleNotFoundError.*nowhere_to_be_found",
    ),
    ("def fail():\n    1/0\n\nfail()", r"authors.py:2: ZeroDivisionError: division by zero"),
    ("x = 1\nx = = 2", r"authors.py:2: SyntaxError: invalid syntax"),
    ("import others", r"others.py:2: SyntaxError"),
    ("import json\n\njson.loads('{')", r"authors.py:3: JSONDecodeError"),
    (
        "import sys\n\nsys.exit('no licence')",
        r"authors.py:3: it ends the process \(SystemExit: no licence\)",
    ),
    ("raise KeyboardInterrupt", r"authors.py:1: KeyboardInterrupt"),
    (
        "class E(Exception):\n    def __str__(self): return self.args[9]\nraise E",
        r"authors.py:3: E: ",
    ),
    (
        "from workers import *\n\n@consumer\nasync def f(delivery: Delivery[dict]): ...",
        r"authors.py:3: consumer 'f': say",
    ),
    ("from workers import *\nPOLICY = RetryPolicy(stop=3)", r"authors.py:2: RetryPolicy\(stop=3\)"),
    (HANDLER.format(options=", concurrency=4 / 2"), r"authors.py:3: consumer 'erp': concurrency"),
]


@pytest.mark.parametrize(("text", "told"), FAILING)
def test_a_module_that_fails_at_import_is_told_with_file_and_line_of_the_authors(
    here: Path, text: str, told: str
) -> None:
    (here / "authors.py").write_text(text)
    (here / "others.py").write_text("x = 1\nx = = 2")
    with pytest.raises(BadConsumer, match=f"(?s)module 'authors' cannot be imported: .*{told}"):
        load(["authors"])


def test_an_authors_folder_that_has_the_name_of_ours_is_told_where_its_import_fails(
    here: Path,
) -> None:
    (here / "schemas").mkdir()
    (here / "schemas" / "__init__.py").write_text("OrderIn = dict")
    (here / "authors.py").write_text("from schemas import OrderIn")
    with pytest.raises(
        BadConsumer, match=r"OrderIn.*Hookline's own `schemas` comes before .*shop.schemas"
    ):
        load(["authors"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import schemas\nschemas.OrderIn", "has no attribute 'OrderIn'.*comes before"),
        ("from schemas.models import OrderIn", "No module named 'schemas.models'.*comes before"),
        ("import nowhere_to_be_found", "nowhere_to_be_found'$"),
    ],
)
def test_a_name_of_ours_is_told_only_where_it_is_why_the_import_fails(
    here: Path, text: str, told: str
) -> None:
    (here / "schemas").mkdir()
    (here / "schemas" / "__init__.py").write_text("OrderIn = dict")
    (here / "authors.py").write_text(text)
    with pytest.raises(BadConsumer, match=told):
        load(["authors"])


@pytest.mark.parametrize("module", ["workers", "workers.orders", "workers.consumer"])
def test_a_module_in_a_package_of_an_authors_that_ours_hides_is_told(
    here: Path, module: str
) -> None:
    (here / "workers").mkdir()
    for name in ("__init__", "orders", "consumer"):
        (here / "workers" / f"{name}.py").write_text(HANDLER.format(options=""))
    with pytest.raises(BadConsumer, match=f"Hookline's own `workers` comes before {here}/workers"):
        load([module])


@pytest.mark.parametrize(
    ("module", "advice"),
    [
        ("no_such_module", "there is no module 'no_such_module' in /"),
        ("authors.no_such_module", "there is no module 'authors.no_such_module'"),
        ("authors.py", "as an import does, authors"),
        ("./shop/consumers.py", "as an import does, shop.consumers"),
        ("", "as an import does, shop.main"),
        (".authors", "as an import does, authors"),
    ],
)
def test_a_module_that_is_not_there_is_told_how_to_name_one(
    here: Path, module: str, advice: str
) -> None:
    (here / "authors.py").write_text(HANDLER.format(options=""))
    with pytest.raises(BadConsumer, match=advice):
        load([module])


def offer(here: Path, value: str) -> None:
    """Install a package that offers this."""
    offered = here / "shop-1.dist-info"
    offered.mkdir()
    (offered / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (offered / "entry_points.txt").write_text(f"[hookline.consumers]\nshop = {value}\n")
    sys.path.append(str(here))


@pytest.mark.parametrize("value", ["authors", "authors:erp", "authors:ALL", "authors:Handlers"])
def test_without_a_module_installed_packages_offer_theirs(here: Path, value: str) -> None:
    (here / "authors.py").write_text(
        HANDLER.format(options="") + "ALL = [erp]\nclass Handlers:\n    one = erp"
    )
    offer(here, value)
    assert ["erp"] == [one.name for one in load([])]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("authors:NUMBER", r"shop = authors:NUMBER of shop is a int that holds no consumer"),
        ("authors:function", r"is a function that holds no consumer"),
        ("others", r"is a module that holds no consumer"),
        (
            "authors:nothing",
            r"shop = authors:nothing of shop cannot be loaded: AttributeError.*nothing",
        ),
        ("no_such_module", r"cannot be loaded: there is no module 'no_such_module'"),
        ("broken", r"broken.py:1: ZeroDivisionError"),
    ],
)
def test_an_entry_point_that_offers_no_consumer_is_refused_by_name(
    here: Path, value: str, told: str
) -> None:
    (here / "authors.py").write_text(HANDLER.format(options="") + "NUMBER = 5\ndef function(): ...")
    (here / "others.py").write_text("")
    (here / "broken.py").write_text("1/0")
    offer(here, value)
    with pytest.raises(BadConsumer, match=told):
        load([])


LAZY = """
class Lazy:
    @property
    def __class__(self): raise RuntimeError("settings are not configured")
settings = [Lazy()]
class Rows(dict):
    def values(self): raise RuntimeError("no connection yet")
rows = Rows(a=1)
class Odd:
    class Name(str):
        def __str__(self): raise RuntimeError("no text")
    __module__ = Name("authors")
"""


def test_what_cannot_be_looked_at_yet_is_no_consumer_and_ends_nothing(here: Path) -> None:
    (here / "authors.py").write_text(LAZY + HANDLER.format(options=""))
    (found,) = load(["authors"])
    assert found.name == "erp"
