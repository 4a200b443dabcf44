"""The units for systemd, and what installs them: read by systemd itself, and held to the code."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.systemd import install as program
from ingress import gate, server
from ingress.settings import Settings as IngressSettings
from ingress.settings import read as read_ingress
from ingress.subscriptions.settings import read as read_subscriptions
from runtime.amqp.link import HEARTBEAT
from runtime.exit_codes import BAD_USAGE, CUT_OFF
from runtime.lifetime import FORCE
from tests.deploy.units import (
    CONSOLE,
    INGRESS,
    SHARED,
    SOCKET,
    SUBSCRIPTIONS,
    WORKER,
    at_home,
    install,
    lay,
    lock_beside,
    stand_in,
    unit,
)
from tests.workers.deployment.sample import APART, DRAIN, MODULES
from workers.console.settings import ConsoleSettings
from workers.deployment.command_line import PROGRAM
from workers.deployment.crews import Crew
from workers.deployment.systemd import drop_ins
from workers.settings import Settings as WorkerSettings
from workers.settings import read as read_worker

README = (program.HERE / "README.md").read_text()
TOLD = " ".join(README.split())
MARGIN = 5
"""Seconds between our own end by force and that by systemd."""

pytestmark = pytest.mark.xdist_group("systemd")
installs = pytest.mark.slow(
    "makes a virtual environment; changes with the files of deploy/systemd alone"
)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze here: install systemd"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which Hookline is installed, with a stand-in for its wheel."""
    root = tmp_path_factory.mktemp("machine")
    wheel = stand_in(tmp_path_factory.mktemp("dist"), "1.0")
    assert 0 == install(root, wheel)
    return root


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    """A folder in which the files lie as the installer lays them."""
    lay(tmp_path)
    return tmp_path


def finished(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment or None
    )


# --- what systemd says ---------------------------------------------------------------------------


@installs
@needs_systemd
def test_systemd_finds_nothing_to_say_about_the_units(installed: Path) -> None:
    folder = at_home(installed)
    # What stands behind a colon would be taken for an alias: so the template, not an instance.
    names = [INGRESS, SOCKET, WORKER, SUBSCRIPTIONS, CONSOLE]
    done = finished("systemd-analyze", "verify", *[str(folder / name) for name in names])
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@installs
@needs_systemd
@pytest.mark.parametrize(
    "name", [INGRESS, "hookline-worker@erp:orders-create.service", SUBSCRIPTIONS, CONSOLE]
)
def test_the_services_are_at_least_as_hardened_as_the_readme_says(
    installed: Path, name: str
) -> None:
    (told,) = re.findall(r"gives each unit ([\d.]+) of 10", TOLD)
    threshold = round(float(told) * 10)
    look = ["systemd-analyze", "security", "--offline=true", f"--threshold={threshold}"]
    done = finished(*look, str(installed / "etc/systemd/system" / name))
    assert 0 == done.returncode, done.stdout + done.stderr


@needs_systemd
@pytest.mark.parametrize(
    ("instance", "escaped"),
    [
        ("erp:orders/create", "erp:orders-create"),
        ("abandoned-carts:orders/create", r"abandoned\x2dcarts:orders-create"),
        ("audit:orders/*", r"audit:orders-\x2a"),
        ("erp", "erp"),
    ],
)
def test_an_instance_is_named_as_the_readme_says(instance: str, escaped: str) -> None:
    named = finished("systemd-escape", f"--template={WORKER}", instance).stdout.strip()
    assert f"hookline-worker@{escaped}.service" == named


# --- what they say, held to the code -------------------------------------------------------------

INGRESS_DRAIN = (
    IngressSettings.model_fields["drain_delay"].default
    + IngressSettings.model_fields["drain_timeout"].default
)
WORKER_DRAIN = WorkerSettings.model_fields["drain_timeout"].default


@pytest.mark.parametrize(
    ("name", "drain"),
    [(INGRESS, INGRESS_DRAIN), (WORKER, WORKER_DRAIN), (CONSOLE, WORKER_DRAIN)],
)
def test_systemd_waits_longer_than_the_longest_drain_and_our_own_end_by_force(
    name: str, drain: int
) -> None:
    (waits,) = unit(name)["TimeoutStopSec"]
    assert drain + FORCE + MARGIN == int(waits)

    (comment,) = re.findall(r"^# (DRAIN_.*)$", (program.HERE / name).read_text(), re.MULTILINE)
    summed = [int(number) for number in re.findall(r"\b\d+\b", comment)]
    assert int(waits) == sum(summed)


def test_a_watch_has_nothing_to_drain_and_systemd_waits_for_its_own_end_by_force() -> None:
    assert [str(int(FORCE + MARGIN))] == unit(SUBSCRIPTIONS)["TimeoutStopSec"]


def test_bad_settings_are_not_tried_again_and_a_drain_that_cut_off_is_no_failure() -> None:
    shared = unit(SHARED)
    assert [str(BAD_USAGE)] == shared["RestartPreventExitStatus"]
    assert [str(CUT_OFF)] == shared["SuccessExitStatus"]


@pytest.mark.parametrize("name", [INGRESS, WORKER, SUBSCRIPTIONS, CONSOLE])
def test_a_service_that_dies_again_and_again_is_never_given_up(name: str) -> None:
    said = unit(SHARED, name)
    assert ["always"] == said["Restart"]
    assert ["0"] == said["StartLimitIntervalSec"]


def test_the_socket_listens_where_the_ingress_would() -> None:
    host = IngressSettings.model_fields["host"].default
    port = IngressSettings.model_fields["port"].default
    said = unit(SOCKET)
    assert [f"{host}:{port}"] == said["ListenStream"]
    assert [str(server.BACKLOG)] == said["Backlog"]


def test_more_files_can_be_open_than_connections_are_let_in() -> None:
    (open_files,) = unit(SHARED)["LimitNOFILE"]
    signed = IngressSettings.model_fields["max_in_flight"].default
    assert int(open_files) > gate.MAX_GUESTS + signed + server.OTHER_FILES


FIGURES = [
    (r"the ingress for (\d+) s at most", INGRESS_DRAIN),
    (r"a worker for (\d+) s", WORKER_DRAIN),
    (r"`TimeoutStopSec`: (\d+) s and", INGRESS_DRAIN + FORCE + MARGIN),
    (r"`TimeoutStopSec`: \d+ s and (\d+) s", WORKER_DRAIN + FORCE + MARGIN),
    (r"wait during a restart, ([\d,]+) of them", server.BACKLOG),
    (r"lets in ([\d,]+) connections", gate.MAX_GUESTS),
    (r"with the usual 1,024 it makes do with (\d+)", 1024 - server.OTHER_FILES),
    (r"\| ([\d,]+) connections may wait to be taken", server.BACKLOG),
    (r"ends idle connections after (\d+) s", server.KEEP_ALIVE),
    (r"find a dead broker within (\d+) s", 2 * HEARTBEAT),
    (r"start the service again, (\d+) times", int(unit(SOCKET)["TriggerLimitBurst"][0])),
    (r"`LimitNOFILE=(\d+)`", int(unit(SHARED)["LimitNOFILE"][0])),
]


@pytest.mark.parametrize(("said", "is_so"), FIGURES, ids=[said for said, _ in FIGURES])
def test_every_figure_of_the_readme_is_the_codes(said: str, is_so: float) -> None:
    (figure,) = re.findall(said, TOLD)
    assert is_so == float(figure.replace(",", ""))


# --- installing ----------------------------------------------------------------------------------


def contents(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return mode, time and contents of what is installed, but for what Python itself keeps."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            about = path.stat()
            name = str(path.relative_to(root))
            found[name] = (about.st_mode, about.st_mtime_ns, path.read_bytes())
    return found


@installs
def test_a_second_installation_changes_nothing(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(installed)
    assert 0 == install(installed, stand_in(tmp_path, "1.0"))
    assert before == contents(installed)

    told = capsys.readouterr().out.partition("\nNext:")[0]
    assert {"kept"} == {line.split()[0] for line in told.splitlines()}


@installs
def test_what_was_written_into_an_environment_file_stays_and_is_for_root_alone(
    installed: Path, tmp_path: Path
) -> None:
    file = installed / "etc/hookline/ingress.env"
    kept = file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    try:
        file.write_text("HOOKLINE_SECRETS=mine\n")
        file.chmod(0o644)
        assert 0 == install(installed, stand_in(tmp_path, "1.0"))
        assert "HOOKLINE_SECRETS=mine\n" == file.read_text()
        assert 0o600 == file.stat().st_mode & 0o777
    finally:
        file.write_text(kept)


@installs
def test_an_update_is_a_release_of_its_own_and_an_older_wheel_goes_back(
    installed: Path, tmp_path: Path
) -> None:
    programs = installed / "opt/hookline"
    old = (programs / "current").readlink()

    newer = stand_in(tmp_path, "2.0")
    left_half_made = programs / program._release(lock_beside(newer), [newer])
    left_half_made.mkdir()
    assert 0 == install(installed, newer)
    assert left_half_made == (programs / "current").resolve()
    assert (left_half_made / "bin/hookline-workers").exists()

    assert 0 == install(installed, stand_in(tmp_path, "1.0"))
    assert old == (programs / "current").readlink()


@installs
def test_a_wheel_that_needs_what_no_lock_file_names_is_not_put_in_place(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel = stand_in(tmp_path, "1.0", needs="structlog")
    assert 1 == install(tmp_path / "machine", wheel)
    assert not (tmp_path / "machine/opt/hookline/current").exists()
    assert "structlog" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("wheels", "said"),
    [
        (["hookline-9.9-py3-none-any.whl"], "no such file"),
        (["shop.whl"], "0 of these are Hookline's wheel"),
        (["hookline-1.whl", "hookline-2.whl"], "2 of these are Hookline's wheel"),
    ],
)
def test_what_cannot_be_installed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wheels: list[str], said: str
) -> None:
    for name in ("shop.whl", "hookline-1.whl", "hookline-2.whl"):
        (tmp_path / name).touch()
    paths = [str(tmp_path / wheel) for wheel in wheels]
    assert BAD_USAGE == program.main([*paths, "--root", str(tmp_path)])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("user", "python", "said"),
    [
        (1000, "/usr", "only root can install on the machine itself"),
        (0, "/root/.pyenv/versions/3.13.1", "no service can read this Python"),
    ],
)
def test_the_machine_itself_is_for_root_with_a_python_that_services_can_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    user: int,
    python: str,
    said: str,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("sys.base_prefix", python)
    assert BAD_USAGE == program.main([str(stand_in(tmp_path, "1.0"))])
    assert said in capsys.readouterr().err


# --- what is installed ---------------------------------------------------------------------------


def environment_of(file: Path, **filled: str) -> dict[str, str]:
    """Return what systemd reads from an environment file, with some values filled in."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | filled


def test_the_environment_files_hold_settings_that_the_commands_take(laid: Path) -> None:
    folder = laid / "etc/hookline"
    broker = {"HOOKLINE_AMQP_URL": "amqp://hookline:pass@broker/"}

    settings, apps = read_ingress(
        environment_of(folder / "ingress.env", HOOKLINE_SECRETS="hush", **broker)
    )
    assert (9080, ["spiffy"]) == (settings.admin_port, list(apps))

    watch, apps = read_subscriptions(
        environment_of(folder / "ingress.env", HOOKLINE_SECRETS="hush")
        | environment_of(folder / "subscriptions.env")
    )
    assert (9083, ["spiffy"]) == (watch.admin_port, list(apps))
    assert [f"/var/lib/{name}" for name in unit(SUBSCRIPTIONS)["StateDirectory"]] == [
        watch.sightings
    ]

    users = {"HOOKLINE_CONSOLE_USERS": "jane:-:viewer"}
    console = read_worker(
        environment_of(folder / "console.env", **broker, **users), ConsoleSettings
    )
    console.check_open()
    assert [f"/var/lib/{name}" for name in unit(CONSOLE)["StateDirectory"]] == [
        console.console_folder
    ]

    variables = environment_of(folder / "worker.env", **broker)
    assert 0 == read_worker(variables).admin_port
    assert "HOOKLINE_SECRETS" not in variables


def environment_of_a_worker(modules: str) -> dict[str, str]:
    """Return what the template says of variables, with modules as an operator names them."""
    said = dict(one.split("=") for one in unit(WORKER)["Environment"])
    return said | {"MODULES": modules, "PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize(
    ("instance", "told"),
    [
        ("erp:orders/create", "--consumer erp --topic orders/create"),
        ("audit:orders/*", "--consumer audit --topic orders/*"),
        ("erp", "--consumer erp"),
    ],
)
def test_a_workers_instance_is_its_consumer_and_its_topic(
    laid: Path, instance: str, told: str
) -> None:
    done = finished(
        str(laid / "opt/hookline/run-worker"),
        instance,
        **environment_of_a_worker("shop.consumers shop.more"),
    )
    assert f"run shop.consumers shop.more {told} --processes 1\n" == done.stdout


@pytest.mark.parametrize("crew", APART, ids=lambda crew: crew.instance)
def test_what_deploy_systemd_writes_for_an_instance_runs_what_the_template_would(
    laid: Path, crew: Crew
) -> None:
    variables = environment_of_a_worker(*MODULES)
    template = finished(str(laid / "opt/hookline/run-worker"), crew.instance, **variables)

    program = f"{laid}{PROGRAM}"
    ((_, text),) = drop_ins([crew], program=program, drain_timeout=DRAIN).items()
    (command,) = re.findall(r"^ExecStart=(/(?:\\\n|.)+)$", text, re.MULTILINE)
    written = finished("/bin/sh", "-ufc", command, **variables)
    assert (0, template.stdout) == (written.returncode, written.stdout)
    assert template.stdout.startswith("run shop.consumers --consumer")
