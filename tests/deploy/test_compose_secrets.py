"""What the services of deploy/compose.yaml are told, and what stays secret."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.compose.prepare import main as prepare
from ingress import settings as ingress_settings
from runtime.apps_file import DEFAULT_APP
from runtime.setting_examples import EXAMPLES
from runtime.settings import PREFIX
from schemas.roles import Role, user_name
from tests.deploy.test_compose import COMPOSE, DEPLOY, OURS, SERVICES
from workers import settings as workers_settings
from workers.role_definitions import password_hash

SECRETS = "/run/secrets/"
READS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "hookline-ingress": ingress_settings.read,
    "hookline-workers": workers_settings.read,
}
ROLES = {
    "ingress": Role.INGRESS,
    "worker": Role.WORKER,
    "topology": Role.DECLARER,
    "operator": Role.OPERATOR,
}


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


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_some_that_the_command_reads(name: str, secrets: Path) -> None:
    service = OURS[name]
    known = {f"{PREFIX}{key.upper()}" for key in EXAMPLES}
    READS[service["command"][0]](environment(service, secrets))
    assert set() == {key.removesuffix("_FILE") for key in service["environment"]} - known


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
    for_people_alone = {"monitoring_url"}
    assert {path.name for path in secrets.iterdir()} == files | for_people_alone


@pytest.mark.parametrize("name", OURS)
def test_a_service_logs_in_as_the_role_that_it_has(name: str, secrets: Path) -> None:
    role = ROLES[name.partition("-")[0]]
    assert f"{SECRETS}{role}_url" == OURS[name]["environment"]["HOOKLINE_AMQP_URL_FILE"]

    user = user_name(DEFAULT_APP, role)
    url = (secrets / f"{role}_url").read_text().strip()
    (password,) = re.findall(rf"^amqp://{user}:([\w-]+)@rabbitmq:5672/$", url)
    told = json.loads((secrets / "definitions.json").read_text())
    hashes = {one["name"]: one["password_hash"] for one in told["users"]}
    assert password_hash(user, password) == hashes[user]


def test_prepared_again_what_is_there_stays(secrets: Path) -> None:
    (secrets / "webhook_secrets").write_text("current:the-platforms-own\n")
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert 0 == prepare(secrets)
    assert before == {path.name: path.read_text() for path in secrets.iterdir()}


def test_other_users_of_the_machine_cannot_read_the_secrets(secrets: Path) -> None:
    assert 0o700 == secrets.stat().st_mode & 0o777


def test_the_secrets_are_kept_out_of_the_repository() -> None:
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert "deploy/compose/secrets/" in ignored
