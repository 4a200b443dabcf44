"""deploy/compose.yaml and its files, held against the code. test_compose_runs.py brings it up."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingress import settings as ingress_settings
from ingress.subscriptions.settings import SubscriptionSettings
from runtime.lifetime import FORCE
from shop import consumers as shop
from tests.deploy.balancers import HAPROXY
from tests.deploy.promtool import promtool
from workers import settings as workers_settings
from workers.console.settings import ConsoleSettings
from workers.consumer import Consumer
from workers.deployment.compose import compose
from workers.deployment.crews import crew_together

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("${IMAGE:-hookline")}
WORKERS = {name: one for name, one in OURS.items() if name.startswith("worker-")}
DRAIN = ingress_settings.Settings.model_fields["drain_timeout"].default
CONSUMERS = [one for one in vars(shop).values() if isinstance(one, Consumer)]
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())
BIN = Path(sys.executable).parent


def seconds(text: str) -> int:
    """Read a duration as it is written here: `45s`."""
    return int(text.removesuffix("s"))


def test_it_is_what_compose_reads() -> None:
    program = str(BIN / "check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout


# --- what runs


def test_there_is_a_worker_for_each_topic_of_the_shop() -> None:
    topics = {str(topic) for consumer in CONSUMERS for topic in consumer.topics}
    assert sorted(topics) == sorted(one["command"][-1] for one in WORKERS.values())


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_as_the_command_for_it_would_write_it(name: str) -> None:
    topic = WORKERS[name]["command"][-1]
    crew = crew_together("spiffy", ["shop.consumers"], CONSUMERS, names=[], topics=[topic])
    written = compose("spiffy", [crew], image=WORKERS[name]["image"], drain_timeout=DRAIN)
    (service,) = yaml.safe_load(written)["services"].values()
    del service["labels"]  # they explain the times that were reckoned out
    assert service == {key: WORKERS[name].get(key) for key in service}


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
    assert "verify" == OURS["ingress"]["environment"]["HOOKLINE_DECLARE"]
    told = (DEPLOY / WORKERS["worker-orders-create"]["env_file"][0]["path"]).read_text()
    assert ["HOOKLINE_DECLARE=verify"] == re.findall(r"^[^#].*", told, re.MULTILINE)


def test_what_is_begun_ends_before_the_kill() -> None:
    delay = ingress_settings.Settings.model_fields["drain_delay"].default
    assert seconds(OURS["ingress"]["stop_grace_period"]) > DRAIN + delay
    assert seconds(OURS["console"]["stop_grace_period"]) > DRAIN + FORCE
    assert seconds(OURS["subscriptions"]["stop_grace_period"]) > FORCE

    (hard_stop,) = re.findall(r"hard-stop-after (\d+)s", HAPROXY.file.read_text())
    assert seconds(SERVICES["haproxy"]["stop_grace_period"]) > int(hard_stop)


@pytest.mark.parametrize(
    ("name", "setting"),
    [("console", "HOOKLINE_CONSOLE_FOLDER"), ("subscriptions", "HOOKLINE_SIGHTINGS")],
)
def test_what_is_to_be_kept_is_on_a_volume_where_the_image_has_a_folder_of_its_users(
    name: str, setting: str
) -> None:
    folder = OURS[name]["environment"][setting]
    (volume,) = OURS[name]["volumes"]
    kept, _, place = volume.partition(":")
    assert kept in COMPOSE["volumes"]
    assert folder == place
    assert f"install -d -o 10001 -g 10001 {folder}" in (DEPLOY / "image/Dockerfile").read_text()


@pytest.mark.parametrize("name", ["console", "subscriptions"])
def test_what_not_everybody_wants_comes_up_by_its_profile_alone(name: str) -> None:
    assert [name] == OURS[name]["profiles"]
    head, _, _ = (DEPLOY / "compose.yaml").read_text().partition("\nname: ")
    assert f"--profile {name} up -d\n" in head


# --- who reaches whom


def test_ports_and_names_are_those_of_the_code() -> None:
    public = ingress_settings.Settings.model_fields["port"].default
    admin = ingress_settings.Settings.model_fields["admin_port"].default
    workers_admin = workers_settings.Settings.model_fields["admin_port"].default
    assert f"ingress:{public}" == SERVICES["haproxy"]["environment"]["INGRESS_SERVICE"]
    assert f"${{INGRESS_ADMIN_PORT-{admin}}}" in HAPROXY.file.read_text()
    assert SERVICES["haproxy"]["ports"][0].endswith(
        SERVICES["haproxy"]["environment"]["WEBHOOKS_PLAIN"]
    )

    found = [one["dns_sd_configs"][0] for one in PROMETHEUS["scrape_configs"]]
    asked = {(one["names"][0], one["port"]) for one in found}
    assert {
        ("ingress", admin),
        ("workers", workers_admin),
        ("console", ConsoleSettings.model_fields["admin_port"].default),
        ("subscriptions", SubscriptionSettings.model_fields["admin_port"].default),
        ("rabbitmq", 15692),
    } == asked
    (alias,) = {one["networks"]["metrics"]["aliases"][0] for one in WORKERS.values()}
    assert "workers" == alias


def test_dashboard_figures_and_alerts_are_where_they_are_looked_for() -> None:
    read = {
        name: yaml.safe_load((DEPLOY / f"compose/grafana/{name}.yaml").read_text())
        for name in ("datasource", "dashboards")
    }
    assert "http://prometheus:9090" == read["datasource"]["datasources"][0]["url"]
    assert SERVICES["prometheus"]["ports"][0].endswith(":9090")

    folder = read["dashboards"]["providers"][0]["options"]["path"]
    assert f"./dashboard.json:{folder}/dashboard.json:ro" in SERVICES["grafana"]["volumes"]

    (alerts,) = PROMETHEUS["rule_files"]
    assert f"./{alerts}:/etc/prometheus/{alerts}:ro" in SERVICES["prometheus"]["volumes"]


def test_the_console_is_published_where_it_listens() -> None:
    port = ConsoleSettings.model_fields["console_port"].default
    assert [f"${{PUBLISH_CONSOLE:-127.0.0.1:{port}}}:{port}"] == OURS["console"]["ports"]
    assert "0.0.0.0" == OURS["console"]["environment"]["HOOKLINE_CONSOLE_HOST"]  # noqa: S104 - the network asks


def test_everything_is_published_to_this_machine_alone() -> None:
    published = [port for one in SERVICES.values() for port in one.get("ports", [])]
    assert 5 == len(published)
    assert [] == [one for one in published if not re.match(r"\$\{PUBLISH_\w+:-127\.0\.0\.1:", one)]


def test_the_load_balancer_shares_no_network_with_the_broker() -> None:
    assert ["front"] == SERVICES["haproxy"]["networks"]
    assert ["metrics"] == SERVICES["prometheus"]["networks"] == SERVICES["grafana"]["networks"]
    assert "front" not in SERVICES["rabbitmq"]["networks"]


def test_haproxy_takes_its_file_with_these_settings() -> None:
    told = SERVICES["haproxy"]["environment"]
    text = HAPROXY.file.read_text()
    assert set() == {name for name in told if not re.search(rf"\$\{{{name}[-}}]", text)}

    command = [HAPROXY.path, "-c", "-f", str(HAPROXY.file)]
    done = subprocess.run(
        command, env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)


def test_prometheus_takes_its_file() -> None:
    file = str(DEPLOY / "compose/prometheus.yml")
    done = promtool("check", "config", "--syntax-only", file)
    assert 0 == done.returncode, done.stdout + done.stderr


def test_every_file_that_is_mounted_is_there() -> None:
    volumes = [one for service in SERVICES.values() for one in service.get("volumes", [])]
    mounted = {one.split(":")[0] for one in volumes if one.startswith(".")}
    assert mounted
    assert set() == {one for one in mounted if not (DEPLOY / one).exists()}
