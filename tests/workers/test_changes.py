"""Which files of an author's have changed."""

import os
from pathlib import Path

import pytest

from workers import changes
from workers.changes import changed, times_in
from workers.commands.reload import _is_reload


def written(path: Path, ns: int = 1) -> str:
    """Write a file, as of then; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, ns=(ns, ns))
    return str(path)


def test_python_files_are_looked_at_and_what_is_not_the_authors_is_passed_over(
    tmp_path: Path,
) -> None:
    mine = {written(tmp_path / "shop.py"), written(tmp_path / "shop/orders/erp.py")}
    for other in (".venv/x.py", "shop/__pycache__/x.py", "venv/x.py", "shop/notes.txt"):
        written(tmp_path / other)
    assert mine == times_in(tmp_path).keys()


def test_what_is_written_made_or_taken_away_has_changed(tmp_path: Path) -> None:
    same, edited, gone = (written(tmp_path / f"{name}.py") for name in ("a", "b", "c"))
    before = times_in(tmp_path)
    assert [] == changed(before, times_in(tmp_path))

    written(Path(edited), 2)
    Path(gone).unlink()
    new = written(tmp_path / "d.py")
    assert [edited, gone, new] == changed(before, times_in(tmp_path))
    assert same in before


def test_no_more_than_so_many_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_FILES", 3)
    for number in range(5):
        written(tmp_path / f"{number}.py")
    assert 3 == len(times_in(tmp_path))


@pytest.mark.parametrize("word", ["--reload", "--relo", "--r"])
def test_the_worker_itself_is_not_told_to_reload(word: str) -> None:
    assert _is_reload(word)


@pytest.mark.parametrize("word", ["--", "-", "reload", "--reloaded", "--topic", ""])
def test_it_is_told_all_else(word: str) -> None:
    assert not _is_reload(word)
