"""deploy/compose.yaml and its files, held against the code. test_compose_runs.py brings it up."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingress import settings as ingress_settings
from shop import consumers as shop
from workers import settings as workers_settings
from workers.consumer import Consumer

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("${IMAGE:-hookline")}
WORKERS = {name: one for name, one in OURS.items() if name.startswith("worker-")}
HAPROXY = (DEPLOY / "compose/haproxy.cfg").read_text()
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())
BIN = Path(sys.executable).parent


def seconds(text: str) -> int:
    """Read a duration as it is written here: `45s`."""
    return int(text.removesuffix("s"))


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
    # These two write beside their volumes.
    assert service.get("read_only", False) or name in {"rabbitmq", "grafana"}


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


def test_the_dashboard_and_its_figures_are_where_grafana_looks_for_them() -> None:
    read = {
        name: yaml.safe_load((DEPLOY / f"compose/grafana/{name}.yaml").read_text())
        for name in ("datasource", "dashboards")
    }
    assert "http://prometheus:9090" == read["datasource"]["datasources"][0]["url"]
    assert SERVICES["prometheus"]["ports"][0].endswith(":9090")

    folder = read["dashboards"]["providers"][0]["options"]["path"]
    assert f"./grafana:{folder}:ro" in SERVICES["grafana"]["volumes"]


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
