"""Models are imported when they are asked for, and each is where the table says."""

import subprocess
import sys

import pytest

from schemas import payloads
from schemas.payloads import Part
from schemas.payloads.homes import HOMES


def test_every_name_of_the_package_is_where_the_table_says() -> None:
    assert {*payloads.__all__} == HOMES.keys()
    models = {name: getattr(payloads, name) for name in HOMES if name != "PAYLOADS"}
    homes = {name: model.__module__.rpartition(".")[2] for name, model in models.items()}
    assert homes == {name: home for name, home in HOMES.items() if name != "PAYLOADS"}


def test_every_model_that_is_defined_here_has_a_name_in_the_package() -> None:
    defined = [Part]
    for model in defined:
        ours = [one for one in model.__subclasses__() if one.__module__.startswith("schemas.")]
        defined += [one for one in ours if one not in defined]
    assert set() == {model.__name__ for model in defined} - HOMES.keys()


def test_a_process_that_reads_carts_imports_nothing_of_companies() -> None:
    asked = "import sys; from schemas.payloads import Cart; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", asked], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "schemas.payloads.cart" in told
    assert "schemas.payloads.company" not in told


def test_a_name_that_is_no_model_is_told() -> None:
    with pytest.raises(ImportError, match="Comet"):
        from schemas.payloads import Comet  # noqa: F401
