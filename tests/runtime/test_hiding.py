"""Which of two packages of one name Python takes, as far as it can be told without a process."""

import sys
from pathlib import Path

import pytest

import runtime
from runtime.hiding import NAMES, check_not_hidden, hidden_by_ours, told_hidden


def test_ours_are_not_hidden_here() -> None:
    check_not_hidden(*NAMES)
    assert [] == [name for name in NAMES if hidden_by_ours(name)]


def test_a_second_spelling_of_our_own_folder_is_no_package_of_an_authors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alias").symlink_to(Path(runtime.__file__ or "").parents[1])
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "alias")])
    assert hidden_by_ours("schemas") is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("schemas/__init__.py", "schemas"),
        ("schemas/models.py", "schemas"),
        ("schemas.py", "schemas.py"),
        ("schemas/order.json", None),
        ("models/schemas.py", None),
    ],
)
def test_theirs_is_hidden_where_it_holds_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, told: str | None
) -> None:
    (tmp_path / written).parent.mkdir(exist_ok=True)
    (tmp_path / written).touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    expected = None if told is None else tmp_path / told
    assert expected == hidden_by_ours("schemas")


def test_only_names_of_ours_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert told_hidden("models") == ""
