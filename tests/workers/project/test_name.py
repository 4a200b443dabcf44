"""Which names a new project may have."""

import pytest

from runtime.hiding import NAMES
from workers.project.name import BadProjectName, check_project_name

REFUSED = [
    ("", "no name of a Python package"),
    ("9lives", "no name of a Python package"),
    ("my-shop", "no name of a Python package"),
    ("../shop", "no name of a Python package"),
    ("shop.consumers", "no name of a Python package"),
    ("class", "no name of a Python package"),
    ("Shop", "the app's name too"),
    ("_shop", "the app's name too"),
    ("bücher", "the app's name too"),
    ("s" * 61, "the app's name too"),
    *((name, "one of Hookline's own") for name in NAMES),
    ("tests", "has a folder 'tests'"),
    ("json", "a Python package 'json' already"),
    ("pytest", "a Python package 'pytest' already"),
]


@pytest.mark.parametrize(("name", "told"), REFUSED)
def test_a_name_that_cannot_be_is_refused_with_its_reason(name: str, told: str) -> None:
    with pytest.raises(BadProjectName, match=told):
        check_project_name(name)


@pytest.mark.parametrize("name", ["bagend", "bag_end", "b2", "s" * 60])
def test_a_word_of_ones_own_is_a_name(name: str) -> None:
    check_project_name(name)
