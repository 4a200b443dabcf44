"""The Secrets of `deploy/kubernetes`: what asks for one finds it where the README makes it."""

from base64 import b64decode
from pathlib import Path

from schemas.roles import Role, user_name
from tests.deploy.overlays import FOLDER, ingress_pod, of_kind
from tests.deploy.readme_secrets import made_by_readme
from workers.deployment.cluster import BROKER, login_secret


def test_the_secrets_that_are_asked_for_are_those_that_the_readmes_commands_make(
    tmp_path: Path,
) -> None:
    made = {one["metadata"]["name"]: set(one["data"]) for one in made_by_readme(tmp_path)}
    asked: dict[str, set[str]] = {}
    for volume in ingress_pod("operators")["spec"]["volumes"]:
        keys = {item["key"] for item in volume["secret"]["items"]}
        asked[volume["secret"]["secretName"]] = keys
    for user in of_kind("operators", "User"):
        name = user["spec"]["importCredentialsSecret"]["name"]
        asked.setdefault(name, set()).update({"username", "password"})

    assert set(made) == set(asked)
    assert {} == {name: keys - made[name] for name, keys in asked.items() if keys - made[name]}


def test_each_role_logs_in_as_its_user_at_this_broker(tmp_path: Path) -> None:
    logins = {one["metadata"]["name"]: one["data"] for one in made_by_readme(tmp_path)}
    for role in Role:
        encoded = logins[login_secret(role)]
        login = {key: b64decode(text).decode() for key, text in encoded.items()}
        name, password = user_name("spiffy", role), login["password"]
        assert name == login["username"]
        assert f"amqp://{name}:{password}@{BROKER}:5672/" == login["amqp-url"]


def test_the_topology_operator_is_let_read_them() -> None:
    labelled = "label secret hookline-broker-$role rabbitmq.com/topology-operator=true"
    assert labelled in (FOLDER / "README.md").read_text()
