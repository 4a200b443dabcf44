"""The files of a new project, out of the templates beside this module."""

from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import PurePath
from typing import Any

import orjson

from schemas.samples import sample

_WHERE: Mapping[str, str] = {
    "README.md.txt": "README.md",
    "Makefile.txt": "Makefile",
    "pyproject.toml.txt": "pyproject.toml",
    "settings.env.txt": "settings.env",
    "compose.yaml.txt": "compose.yaml",
    "gitignore.txt": ".gitignore",
    "consumers.py.txt": "@name@/consumers.py",
    "test_consumers.py.txt": "tests/test_consumers.py",
}
"""Template -> where it goes in the project."""


def files(name: str, *, secret: str, hookline: str) -> dict[PurePath, str]:
    """Return the files of a project by their path in its folder.

    `secret` is what its webhooks are signed with, `hookline` what pip installs Hookline from.
    """
    words = {"name": name, "secret": secret, "hookline": hookline}
    written = {PurePath(name) / "__init__.py": f'"""{name}: consumers of a shop\'s webhooks."""\n'}
    for template, where in _WHERE.items():
        text = _template(template)
        path = PurePath(_filled(where, words))
        written[path] = _filled(text, words)

    written[PurePath("order.json")] = _json(sample("orders/create"))
    return written


def _template(name: str) -> str:
    file = resources(__package__) / "template" / name
    return file.read_text()


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Return a text with the words in place of their names: `@name@`."""
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _json(plain: Any) -> str:
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
