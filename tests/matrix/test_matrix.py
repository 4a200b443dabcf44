"""Which legs are run, what is said of each, and the exit code. `make matrix` runs them."""

from pathlib import Path

import pytest

from deploy.local.server import Server
from tests.matrix.brokers import find_brokers, version_of
from tests.matrix.legs import Broker, Leg, Python, choose
from tests.matrix.pythons import find_python
from tests.matrix.results import Result, counted, exit_code, table
from tests.matrix.running import run

LOCAL = Python("3.11.7", Path("/usr/bin/python3.11"))
NEWER = Python("3.12.1", Path("/usr/bin/python3.12"))
IN_DEBIAN = Python("3.14", suite="forky")
NOWHERE = Python("3.13", absent="no python3.13")
PYTHONS = [LOCAL, NEWER, NOWHERE, IN_DEBIAN]

INSTALLED = Broker("3.10.8")
TREE = Broker("4.0.5", Path("/tree/sbin/rabbitmq-server"))
TO_COME = Broker("4.3", suite="forky")
BROKERS = [INSTALLED, TREE, TO_COME]
LEG = Leg(LOCAL, INSTALLED)


def test_each_python_has_a_broker_that_it_can_start_and_each_broker_the_local_python() -> None:
    assert [
        Leg(LOCAL, INSTALLED),
        Leg(NEWER, INSTALLED),
        Leg(NOWHERE, INSTALLED),
        Leg(IN_DEBIAN, TREE),
        Leg(LOCAL, TREE),
        Leg(LOCAL, TO_COME),
    ] == choose(PYTHONS, BROKERS)


@pytest.mark.parametrize(
    ("only_pythons", "only_brokers", "legs"),
    [
        (["3.12"], [], [Leg(NEWER, INSTALLED)]),
        (["3.14"], [], [Leg(IN_DEBIAN, TREE)]),
        ([], ["4.0", "4.3"], [Leg(LOCAL, TREE), Leg(LOCAL, TO_COME)]),
        (["3.12", "3.14"], ["4.3"], [Leg(NEWER, TO_COME), Leg(IN_DEBIAN, TO_COME)]),
        (["2.7"], [], []),
    ],
)
def test_a_choice_takes_the_rest_away(
    only_pythons: list[str], only_brokers: list[str], legs: list[Leg]
) -> None:
    assert legs == choose(PYTHONS, BROKERS, only_pythons=only_pythons, only_brokers=only_brokers)


def test_every_is_each_python_with_each_broker() -> None:
    assert len(PYTHONS) * len(BROKERS) == len(set(choose(PYTHONS, BROKERS, every=True)))


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (Leg(LOCAL, INSTALLED), ""),
        (Leg(IN_DEBIAN, TREE), ""),
        (Leg(IN_DEBIAN, TO_COME), ""),
        (Leg(NOWHERE, TREE), "no python3.13"),
        (Leg(LOCAL, Broker("3.10", absent="another version")), "another version"),
        (
            Leg(IN_DEBIAN, INSTALLED),
            "the installed RabbitMQ is out of reach in a Debian root: install Python 3.14 here",
        ),
    ],
)
def test_a_leg_that_cannot_be_run_says_why(leg: Leg, why: str) -> None:
    assert why == leg.why_not


@pytest.mark.parametrize(
    ("printed", "counts"),
    [
        ("120 passed in 33.20s\n", (120, 0, 0)),
        ("==== 3 failed, 120 passed, 2 skipped, 1 xfailed in 93.20s (0:01:33) ====\n", (120, 3, 3)),
        ("FAILED tests/a.py::b - 7 passed in 1s\n1 failed, 1 error in 0.50s\n", (0, 2, 0)),
        ("printed by a test: 9 passed in 0.1s\n4 passed, 2 errors in 0.50s\n", (4, 2, 0)),
        ("ImportError: no module\n", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_counts_are_those_of_the_last_line(printed: str, counts: tuple[int, int, int]) -> None:
    found = counted(printed)
    assert counts == (found["passed"], found["failed"], found["skipped"])


def test_the_table_has_a_line_for_each_leg_and_names_the_tests_that_failed() -> None:
    failed = "FAILED tests/a.py::test_b - assert 1 == 2\n1 failed, 5 passed in 1.23s\n"
    results = [
        Result(LEG, 0, 61.4, printed="7 passed, 1 skipped in 61.20s\n"),
        Result(Leg(NEWER, INSTALLED), 1, 2.0, printed=failed),
        Result(Leg(LOCAL, TREE), 4, 3.0, printed="usage: pytest\n"),
        Result(Leg(NOWHERE, INSTALLED), why_not="no python3.13"),
    ]
    assert [
        "Python   RabbitMQ   passed  failed  skipped  seconds",
        "3.11.7   3.10.8          7       0        1       61",
        "3.12.1   3.10.8          5       1        0        2",
        "3.11.7   4.0.5      came to no end: exit code 4 after 3 s",
        "3.13     3.10.8     not run: no python3.13",
        "3.12.1   3.10.8    tests/a.py::test_b - assert 1 == 2",
    ] == table(results).splitlines()


@pytest.mark.parametrize(
    ("codes", "all_needed", "code"),
    [
        ([0, 0, 0], False, 0),
        ([0, None, 0], False, 0),
        ([0, None, 0], True, 1),
        ([None, 0, 0], False, 1),
        ([0, 1, 0], False, 1),
        ([0, 5], True, 1),
    ],
)
def test_it_is_well_where_all_that_ran_passed_and_what_is_needed_ran(
    codes: list[int | None], code: int, *, all_needed: bool
) -> None:
    assert code == exit_code([Result(LEG, one) for one in codes], all_needed=all_needed)


def _script(folder: Path, name: str, line: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{line}\n")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but what a test puts into `bin` and `pyenv` of this folder."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_a_python_is_looked_for_on_the_path_first(elsewhere: Path) -> None:
    path = _script(elsewhere / "bin", "python9.9", "echo 9.9.4")
    _script(elsewhere / "pyenv/versions/9.9.5/bin", "python9.9", "echo 9.9.5")
    assert Python("9.9.4", path) == find_python("9.9", elsewhere)


def test_a_stand_in_that_does_not_run_is_passed_over_for_pyenvs_newest(elsewhere: Path) -> None:
    """pyenv puts programs on PATH that end with 127 for versions which are not chosen."""
    _script(elsewhere / "bin", "python9.9", "echo 'command not found' >&2; exit 127")
    _script(elsewhere / "pyenv/versions/9.9.9/bin", "python9.9", "echo 9.9.9")
    newest = _script(elsewhere / "pyenv/versions/9.9.10/bin", "python9.9", "echo 9.9.10")
    assert Python("9.9.10", newest) == find_python("9.9", elsewhere)


def test_a_python_that_is_nowhere_says_how_it_could_be_had(elsewhere: Path) -> None:
    assert "pyenv install 9.9" in find_python("9.9", elsewhere).absent
    assert f"{elsewhere}/debian-root is not there" in find_python("3.14", elsewhere).absent


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server", "3.10.8"),
        ("/python-3.11.7/usr/lib/rabbitmq/lib/rabbitmq_server-4.0.5/sbin/rabbitmq-server", "4.0.5"),
        ("/opt/homebrew/Cellar/rabbitmq/4.1.2/sbin/rabbitmq-server", "4.1.2"),
        ("/opt/mine/sbin/rabbitmq-server", "unknown"),
    ],
)
def test_a_servers_version_is_told_by_its_folder(script: str, version: str) -> None:
    assert version == version_of(Path(script))


def test_a_named_server_stands_beside_the_installed_one_and_the_rest_says_how_to_be_had(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.matrix.brokers.installed", lambda: Server(Path("/usr/lib/rabbitmq-3.10.8/bin"), {})
    )
    monkeypatch.setenv("HOOKLINE_RABBITMQ_SERVER", "/b-4.0.5/sbin/rabbitmq-server")
    named = Path("/c-4.1.2/sbin/rabbitmq-server")
    installed, by_setting, by_name, wanted = find_brokers(elsewhere, [named])
    assert installed.is_installed
    assert [("4.0.5", Path("/b-4.0.5/sbin/rabbitmq-server")), ("4.1.2", named)] == [
        (one.version, one.script) for one in (by_setting, by_name)
    ]
    assert "4.3" == wanted.version
    assert f"{elsewhere}/rabbitmq-tree is not there" in wanted.absent


# --- running a leg, with programs that only pretend

_PRETENDED = """
case "$1 $2" in
  "-c "*) echo 9.9.1 ;;
  "-m venv")
    echo venv >> {calls}
    mkdir -p "$4/bin"
    printf '#!/bin/sh\\necho pip >> {calls}\\n' > "$4/bin/pip"
    printf '#!/bin/sh\\necho "3 passed in 0.10s"\\n' > "$4/bin/python"
    chmod +x "$4/bin/pip" "$4/bin/python" ;;
esac
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where legs keep what is laid out, with a lock file beside it."""
    (tmp_path / "lock").write_text("aiohttp==1\n")
    (tmp_path / "tools").mkdir()
    monkeypatch.setattr("tests.matrix.running.KEPT", tmp_path / "kept")
    monkeypatch.setattr("tests.matrix.running.LOCK", tmp_path / "lock")
    return tmp_path


def test_an_environment_is_made_from_the_lock_file_once_and_anew_when_that_has_changed(
    kept: Path,
) -> None:
    python = _script(kept, "python9.9", _PRETENDED.format(calls=kept / "calls"))
    leg = Leg(Python("9.9", python), INSTALLED)
    calls = []
    for lock in ("aiohttp==1\n", "aiohttp==1\n", "aiohttp==2\n"):
        (kept / "lock").write_text(lock)
        result = run(leg, kept / "tools", ["-q"])
        assert (0, 3, "9.9.1") == (result.code, result.counts["passed"], result.leg.python.version)
        calls.append((kept / "calls").read_text().split())
    made = ["venv", "pip", "pip"]
    assert [made, made, made + made] == calls


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("exit 1", "its RabbitMQ could not be laid out"),
        ("echo /x/rabbitmq_server-4.4.1/sbin/rabbitmq-server", "Debian forky has 4.4.1 by now"),
    ],
)
def test_what_cannot_be_laid_out_leaves_its_leg_out_and_no_other(
    kept: Path, line: str, why: str
) -> None:
    _script(kept / "tools", "rabbitmq-tree", line)
    result = run(Leg(LOCAL, TO_COME), kept / "tools", [])
    assert result.code is None
    assert why in result.why_not


def test_an_interpreter_without_venv_leaves_its_leg_out(kept: Path) -> None:
    python = _script(kept, "python9.9", 'test "$1" = -c && echo 9.9.1')
    result = run(Leg(Python("9.9.1", python), INSTALLED), kept / "tools", [])
    assert result.code is None
    assert "-m venv" in result.why_not
