"""deploy/compose.yaml and its files, held against the code. It is brought up in test_containers.py."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose.prepare import main as prepare
from deploy.compose.prepare import password_hash
from ingress import settings as ingress_settings
from runtime.settings import EXAMPLES, PREFIX
from shop import consumers as shop
from workers import settings as workers_settings
from workers.consumer import Consumer

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("${IMAGE:-hookline")}
WORKERS = {name: one for name, one in OURS.items() if name.startswith("worker-")}
SECRETS = "/run/secrets/"
HAPROXY = (DEPLOY / "compose/haproxy.cfg").read_text()
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())
BIN = Path(sys.executable).parent


def seconds(text: str) -> int:
    """Read a duration as it is written here: `45s`."""
    return int(text.removesuffix("s"))


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare.py makes."""
    folder = tmp_path_factory.mktemp("prepared") / "secrets"
    assert 0 == prepare(folder)
    return folder


def environment(service: dict[str, Any], secrets: Path) -> dict[str, str]:
    """Return a service's environment, with its secrets where they are here."""
    named = service["environment"].items()
    return {name: value.replace(SECRETS, f"{secrets}/") for name, value in named}


def test_it_is_what_compose_reads() -> None:
    program = BIN / "check-jsonschema"
    if not program.exists():
        pytest.skip("no check-jsonschema here: pip install check-jsonschema")

    file = str(DEPLOY / "compose.yaml")
    command = [str(program), "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout


# --- what runs


def test_there_is_a_worker_for_each_topic_of_the_shop() -> None:
    consumers = [one for one in vars(shop).values() if isinstance(one, Consumer)]
    topics = {str(topic) for consumer in consumers for topic in consumer.topics}
    commands = [one["command"] for one in WORKERS.values()]
    begin = ["hookline-workers", "run", "shop.consumers", "--topic"]
    assert sorted([*begin, topic] for topic in topics) == sorted(commands)


def test_there_are_two_ingresses() -> None:
    assert {"replicas": 2} == OURS["ingress"]["deploy"]


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_that_runs_has_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    # The others' official images write into their own files, or may: only ours is known not to.
    assert service.get("read_only", False) or name in {"rabbitmq", "grafana"}


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_some_that_the_command_reads(name: str, secrets: Path) -> None:
    service = OURS[name]
    reads = {"hookline-ingress": ingress_settings.read, "hookline-workers": workers_settings.read}
    read = reads[service["command"][0]]
    known = {f"{PREFIX}{key.upper()}" for key in EXAMPLES}
    read(environment(service, secrets))
    assert set() == {key.removesuffix("_FILE") for key in service["environment"]} - known


def test_ingress_and_workers_may_not_declare_and_do_not() -> None:
    running = [OURS["ingress"], *WORKERS.values()]
    assert {"verify"} == {one["environment"]["HOOKLINE_DECLARE"] for one in running}


def test_what_is_begun_ends_before_the_kill() -> None:
    settings = ingress_settings.Settings.model_fields
    drain = settings["drain_timeout"].default
    delay = settings["drain_delay"].default
    assert seconds(OURS["ingress"]["stop_grace_period"]) > drain + delay
    assert min(seconds(one["stop_grace_period"]) for one in WORKERS.values()) > drain

    (hard_stop,) = re.findall(r"hard-stop-after (\d+)s", HAPROXY)
    assert seconds(SERVICES["haproxy"]["stop_grace_period"]) > int(hard_stop) > drain + delay


# --- who reaches whom


def test_ports_and_names_are_those_of_the_code() -> None:
    public = ingress_settings.Settings.model_fields["port"].default
    admin = ingress_settings.Settings.model_fields["admin_port"].default
    workers_admin = workers_settings.Settings.model_fields["admin_port"].default
    assert f" ingress:{public} port {admin} " in HAPROXY

    found = [one["dns_sd_configs"][0] for one in PROMETHEUS["scrape_configs"]]
    asked = {(one["names"][0], one["port"]) for one in found}
    assert {("ingress", admin), ("workers", workers_admin), ("rabbitmq", 15692)} == asked
    assert {"workers"} == {one["networks"]["metrics"]["aliases"][0] for one in WORKERS.values()}


def test_everything_is_published_to_this_machine_alone() -> None:
    published = [port for one in SERVICES.values() for port in one.get("ports", [])]
    assert 4 == len(published)
    assert [] == [one for one in published if not re.match(r"\$\{PUBLISH_\w+:-127\.0\.0\.1:", one)]


def test_the_load_balancer_reaches_no_broker_and_nor_does_what_watches() -> None:
    assert ["front"] == SERVICES["haproxy"]["networks"]
    assert ["metrics"] == SERVICES["prometheus"]["networks"] == SERVICES["grafana"]["networks"]
    assert "front" not in SERVICES["rabbitmq"]["networks"]


def test_the_load_balancer_waits_longer_than_the_ingress_takes() -> None:
    settings = ingress_settings.Settings.model_fields
    (timeout,) = re.findall(r"timeout server (\d+)s", HAPROXY)
    taken = settings["body_timeout"].default + settings["confirm_timeout"].default
    assert int(timeout) > taken

    (every,) = re.findall(r" inter (\d+)s", HAPROXY)
    (failures,) = re.findall(r" fall (\d+)", HAPROXY)
    assert settings["drain_delay"].default > int(every) * int(failures) + 1


@pytest.mark.parametrize(
    ("program", "arguments", "file", "package"),
    [
        ("haproxy", ["-c", "-f"], "haproxy.cfg", "haproxy"),
        ("promtool", ["check", "config", "--syntax-only"], "prometheus.yml", "prometheus"),
    ],
)
def test_the_program_itself_takes_its_file(
    program: str, arguments: list[str], file: str, package: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here: apt-get install {package}")

    command = [program, *arguments, str(DEPLOY / "compose" / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


# --- secrets


def test_no_secret_stands_in_an_environment() -> None:
    named = [(name, key) for name, one in SERVICES.items() for key in one.get("environment", {})]
    secret = [(name, key) for name, key in named if re.search("SECRET|URL|PASSWORD|TOKEN", key)]
    assert len(secret) == len(OURS) + 2
    assert [] == [one for one in secret if not one[1].endswith("_FILE")]


def test_each_service_is_given_its_own_secrets_and_no_others(secrets: Path) -> None:
    for name, service in SERVICES.items():
        values = [str(value) for value in service.get("environment", {}).values()]
        if name == "rabbitmq":
            values.append((DEPLOY / "compose/rabbitmq.conf").read_text())
        used = re.findall(rf"{SECRETS}(\w+)", "\n".join(values))
        assert sorted(used) == sorted(service.get("secrets", [])), name

    files = {one["file"].rpartition("/")[2] for one in COMPOSE["secrets"].values()}
    assert {path.name for path in secrets.iterdir()} == files


def test_every_role_has_the_permissions_that_the_security_page_gives_it() -> None:
    told = re.findall(
        r"^rabbitmqctl set_permissions -p / (\w+) +'(.*)' +'(.*)' +'(.*)'$",
        (DEPLOY / "SECURITY.md").read_text(),
        re.MULTILINE,
    )
    definitions = json.loads((DEPLOY / "compose/definitions.json").read_text())
    given = [
        (one["user"], one["configure"], one["write"], one["read"])
        for one in definitions["permissions"]
    ]
    assert told == given
    assert [one["name"] for one in definitions["users"]] == [role for role, *_ in told]


def test_a_password_is_hashed_as_the_broker_does_it() -> None:
    # The example of RabbitMQ's guide "Credentials and Passwords".
    hashed = password_hash("test12", bytes.fromhex("908DC60A"))
    assert "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR" == hashed


def test_prepared_again_what_is_there_stays(secrets: Path) -> None:
    (secrets / "webhook_secrets").write_text("current:the-platforms-own\n")
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert 0 == prepare(secrets)
    after = {path.name: path.read_text() for path in secrets.iterdir()}
    changed = {name for name, text in after.items() if text != before[name]}
    assert changed <= {"definitions.json"}  # the same passwords, salted anew


def test_other_users_of_the_machine_cannot_read_the_secrets(secrets: Path) -> None:
    assert 0o700 == secrets.stat().st_mode & 0o777


def test_the_secrets_are_kept_out_of_the_repository() -> None:
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert "deploy/compose/secrets/" in ignored
