"""What the services of deploy/compose.yaml are told, and what stays secret."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.compose.prepare import main as prepare
from ingress import settings as ingress_settings
from ingress.subscriptions import settings as subscription_settings
from runtime.apps_file import DEFAULT_APP
from runtime.setting_examples import EXAMPLES
from runtime.settings import PREFIX
from schemas.roles import Role, user_name
from tests.deploy.test_compose import COMPOSE, DEPLOY, OURS, SERVICES
from workers import settings as workers_settings
from workers.console.settings import ConsoleSettings
from workers.console.users import users_of
from workers.role_definitions import password_hash

SECRETS = "/run/secrets/"
READS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "hookline-ingress": ingress_settings.read,
    "hookline-ingress subscriptions": subscription_settings.read,
    "hookline-workers": workers_settings.read,
    "hookline-workers console": lambda told: workers_settings.read(told, ConsoleSettings),
}
ROLES = {
    "ingress": Role.INGRESS,
    "worker": Role.WORKER,
    "topology": Role.DECLARER,
    "operator": Role.OPERATOR,
    "console": Role.OPERATOR,
}
SPEAKS_TO_NO_BROKER = {"subscriptions"}
WRITTEN_BY_HAND = {"shops.toml"}
FOR_PEOPLE_ALONE = {"monitoring_url", "console_password"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare.py makes."""
    folder = tmp_path_factory.mktemp("prepared") / "secrets"
    assert 0 == prepare(folder)
    return folder


def environment(service: dict[str, Any], secrets: Path) -> dict[str, str]:
    """Return a service's environment, with its secrets where they are here, and defaults."""
    found = {}
    for name, value in service["environment"].items():
        here = value.replace(SECRETS, f"{secrets}/")
        found[name] = re.sub(r"\$\{\w+:-(.*)\}", r"\1", here)
    return found


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_some_that_the_command_reads(name: str, secrets: Path) -> None:
    service = OURS[name]
    known = {f"{PREFIX}{key.upper()}" for key in EXAMPLES}
    program, action = [*service["command"], ""][:2]
    read = READS.get(f"{program} {action}", READS[program])
    read(environment(service, secrets))
    assert set() == {key.removesuffix("_FILE") for key in service["environment"]} - known


def test_no_secret_stands_in_an_environment() -> None:
    named = [(name, key) for name, one in SERVICES.items() for key in one.get("environment", {})]
    secret = [
        (name, key) for name, key in named if re.search("SECRET|URL|PASSWORD|TOKEN|USERS", key)
    ]
    assert len(secret) == len(OURS) + 3
    assert [] == [one for one in secret if not one[1].endswith("_FILE")]


def test_each_service_is_given_its_own_secrets_and_no_others(secrets: Path) -> None:
    for name, service in SERVICES.items():
        values = [str(value) for value in service.get("environment", {}).values()]
        if name == "rabbitmq":
            values.append((DEPLOY / "compose/rabbitmq.conf").read_text())
        used = re.findall(rf"{SECRETS}(\w+)", "\n".join(values))
        assert sorted(used) == sorted(service.get("secrets", [])), name

    files = {one["file"].rpartition("/")[2] for one in COMPOSE["secrets"].values()}
    made = {path.name for path in secrets.iterdir()}
    assert made == files - WRITTEN_BY_HAND | FOR_PEOPLE_ALONE
    assert files >= WRITTEN_BY_HAND


def test_the_consoles_user_is_an_operator_whose_password_is_beside_it(secrets: Path) -> None:
    lines = (secrets / "console_users").read_text().splitlines()
    ((name, user),) = users_of(lines).items()
    password = (secrets / "console_password").read_text().strip()
    assert ("admin", "operator") == (name, user.role)
    assert user.password is not None
    assert user.password.fits(password)


@pytest.mark.parametrize("name", sorted(OURS.keys() - SPEAKS_TO_NO_BROKER))
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
