"""The folders that an overlay may name besides: in each overlay they are what the cluster takes and
the command reads, and reach no more than they need.
"""

import os
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from ingress.subscriptions.settings import read as read_subscriptions
from runtime.lifetime import FORCE
from runtime.service_links import service_links
from tests.deploy.overlays import FOLDER, OVERLAYS, Object, rendered, rendered_folder, selects
from tests.deploy.readme_secrets import made_by_readme
from tests.deploy.restricted import restricted
from tests.deploy.schemas_of_others import problems
from tests.deploy.test_kubernetes import links
from workers.console.settings import ConsoleSettings
from workers.settings import read as read_workers

KINDS = {
    "subscriptions": {"ConfigMap", "Deployment", "NetworkPolicy", "PodMonitor"},
    "console": {
        "ConfigMap",
        "Deployment",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodMonitor",
        "Service",
    },
}
"""What each folder adds to an overlay."""
MERGED = {
    "subscriptions": ("HOOKLINE_ADDRESS", "https://hooks.example.org/webhooks/spiffy"),
    "console": ("HOOKLINE_CONSOLE_PREFIX", "/hookline"),
}
"""A setting of one's own for each."""
LEADS_TO = {"subscriptions": {443, 53}, "console": {5671, 5672, 53}}
"""Ports that each may reach: shops, or the broker; and names."""


@cache
def added(overlay: str, name: str) -> tuple[Object, ...]:
    """Return what a folder adds to an overlay, with a monitor and a setting of one's own."""
    with TemporaryDirectory() as made:
        folder = Path(made).resolve()
        base = os.path.relpath(FOLDER / overlay, folder)
        named = os.path.relpath(FOLDER / name, folder)
        (folder / "monitor.yaml").write_text((FOLDER / name / "monitor.yaml").read_text())
        (folder / "kustomization.yaml").write_text(
            f"namespace: hookline\nresources: [{base}, {named}, monitor.yaml]\n"
            f"configMapGenerator:\n  - name: hookline-{name}\n    behavior: merge\n"
            f"    literals: ['{'='.join(MERGED[name])}']\n"
        )
        whole = rendered_folder(folder)

    before = [(one["kind"], one["metadata"]["name"]) for one in rendered(overlay)]
    return tuple(one for one in whole if (one["kind"], one["metadata"]["name"]) not in before)


def one(overlay: str, name: str, kind: str) -> Object:
    """Return the one object of a kind that a folder adds."""
    (found,) = (one for one in added(overlay, name) if one["kind"] == kind)
    return found


def pod(overlay: str, name: str) -> Object:
    """Return the pods' template."""
    template: Object = one(overlay, name, "Deployment")["spec"]["template"]
    return template


def container(overlay: str, name: str) -> Object:
    """Return the one container of the pods."""
    (found,) = pod(overlay, name)["spec"]["containers"]
    return dict(found)


def told(overlay: str, name: str) -> dict[str, str]:
    """Return the environment of a pod, with what stands in files in the cluster."""
    environment = {one["name"]: one["value"] for one in container(overlay, name)["env"]}
    given = {
        "HOOKLINE_SECRETS": "hush",
        "HOOKLINE_AMQP_URL": "amqp://broker",
        "HOOKLINE_CONSOLE_USERS": "jane:-:viewer",
    }
    files = [key for key in environment if key.endswith("_FILE")]
    for key in files:
        environment[key.removesuffix("_FILE")] = given[key.removesuffix("_FILE")]
        del environment[key]
    return dict(one(overlay, name, "ConfigMap")["data"]) | environment


each = pytest.mark.parametrize(("overlay", "name"), list(product(OVERLAYS, KINDS)))
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@each
def test_every_object_fits_its_official_schema_without_an_unknown_field(
    overlay: str, name: str
) -> None:
    assert KINDS[name] == {one["kind"] for one in added(overlay, name)}
    assert [] == [found for one in added(overlay, name) for found in problems(one)]


def test_a_field_of_a_claim_that_the_cluster_does_not_know_would_be_found() -> None:
    claim = one("plain", "console", "PersistentVolumeClaim")
    assert [] != problems(claim | {"spec": claim["spec"] | {"nonsense": 1}})


@each
def test_the_pod_is_such_as_the_namespace_lets_in_and_of_a_user_that_is_there(
    overlay: str, name: str
) -> None:
    spec = pod(overlay, name)["spec"]
    assert [] == restricted(spec)
    accounts = [one for one in rendered(overlay) if one["kind"] == "ServiceAccount"]
    assert spec["serviceAccountName"] in {one["metadata"]["name"] for one in accounts}


@each
def test_every_file_and_folder_that_it_is_told_of_is_mounted(overlay: str, name: str) -> None:
    mounts = {one["name"]: one["mountPath"] for one in container(overlay, name)["volumeMounts"]}
    volumes = {one["name"]: one for one in pod(overlay, name)["spec"]["volumes"]}
    assert mounts.keys() == volumes.keys()

    there = set(mounts.values())
    for key, volume in volumes.items():
        for item in volume.get("secret", {}).get("items", ()):
            there.add(f"{mounts[key]}/{item['path']}")
    environment = {one["name"]: one["value"] for one in container(overlay, name)["env"]}
    assert {value for value in environment.values() if value.startswith("/")} <= there


@each_overlay
def test_watch_takes_its_settings_and_listens_where_it_is_asked(overlay: str) -> None:
    settings, apps = read_subscriptions(told(overlay, "subscriptions"))
    assert MERGED["subscriptions"][1] == apps["spiffy"].address
    assert apps["spiffy"].topics
    assert settings.shops_list
    assert settings.sightings
    (port,) = container(overlay, "subscriptions")["ports"]
    assert {"name": "admin", "containerPort": settings.admin_port} == port


@each_overlay
def test_the_console_takes_its_settings_and_listens_where_it_is_asked(overlay: str) -> None:
    settings = read_workers(told(overlay, "console"), ConsoleSettings)
    settings.check_open()
    assert MERGED["console"][1] == settings.console_prefix
    assert "0.0.0.0" == settings.console_host == settings.admin_host  # noqa: S104 - as in a pod
    assert settings.console_folder.startswith("/")

    ports = {one["name"]: one["containerPort"] for one in container(overlay, "console")["ports"]}
    assert {"http": settings.console_port, "admin": settings.admin_port} == ports
    (served,) = one(overlay, "console", "Service")["spec"]["ports"]
    assert (settings.console_port, "http") == (served["port"], served["targetPort"])


@each_overlay
def test_what_the_console_drops_outlives_its_pod(overlay: str) -> None:
    folder = read_workers(told(overlay, "console"), ConsoleSettings).console_folder
    (mounted,) = (
        one["name"]
        for one in container(overlay, "console")["volumeMounts"]
        if one["mountPath"] == folder
    )
    (volume,) = (
        one for one in pod(overlay, "console")["spec"]["volumes"] if one["name"] == mounted
    )
    claim = one(overlay, "console", "PersistentVolumeClaim")["metadata"]["name"]
    assert {"claimName": claim} == volume["persistentVolumeClaim"]


def test_the_consoles_broker_user_is_one_that_the_readme_makes(tmp_path: Path) -> None:
    made = {one["metadata"]["name"]: set(one["data"]) for one in made_by_readme(tmp_path)}
    volumes = pod("plain", "console")["spec"]["volumes"]
    secrets = [one["secret"] for one in volumes if "secret" in one]
    asked = {one["secretName"]: {item["key"] for item in one["items"]} for one in secrets}
    readme = (FOLDER / "README.md").read_text()
    assert {"users"} == asked.pop("hookline-console-users")
    assert "create secret generic hookline-console-users --from-file=users`" in readme
    assert {} == {name: keys for name, keys in asked.items() if not keys <= made[name]}


def test_what_kubernetes_tells_pods_of_the_consoles_service_is_taken_for_no_setting() -> None:
    environment = links(one("plain", "console", "Service"))
    assert "tcp://10.0.0.1:9082" == environment["HOOKLINE_CONSOLE_PORT"]
    assert sorted(environment) == service_links(environment)


@each
def test_probes_ask_the_admin_port_whether_it_lives_and_never_the_broker(
    overlay: str, name: str
) -> None:
    probes = [value for key, value in container(overlay, name).items() if key.endswith("Probe")]
    assert probes
    asked = [probe["httpGet"] for probe in probes]
    assert [{"path": "/healthz", "port": "admin"}] * len(probes) == asked


@each
def test_whoever_means_its_pods_means_no_others(overlay: str, name: str) -> None:
    labels = pod(overlay, name)["metadata"]["labels"]
    assert selects(one(overlay, name, "PodMonitor")["spec"]["selector"], labels)
    assert selects(one(overlay, name, "NetworkPolicy")["spec"]["podSelector"], labels)
    if "Service" in KINDS[name]:
        assert one(overlay, name, "Service")["spec"]["selector"].items() <= labels.items()

    selector = one(overlay, name, "Deployment")["spec"]["selector"]
    deployments = [one for one in rendered(overlay) if one["kind"] == "Deployment"]
    others = [one["spec"]["template"]["metadata"]["labels"] for one in deployments]
    assert others
    assert not any(selects(selector, labels) for labels in others)


@each
def test_prometheus_alone_reaches_it_and_it_reaches_no_more_than_it_needs(
    overlay: str, name: str
) -> None:
    policy = one(overlay, name, "NetworkPolicy")["spec"]
    whom = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert [{"from": [whom], "ports": [{"port": "admin"}]}] == policy["ingress"]
    leads_to = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert LEADS_TO[name] == leads_to


@each
def test_it_has_time_to_end_before_it_is_killed_and_never_runs_twice(
    overlay: str, name: str
) -> None:
    drain = {"subscriptions": 0.0, "console": ConsoleSettings.model_fields["drain_timeout"].default}
    spec = one(overlay, name, "Deployment")["spec"]
    grace = spec["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > drain[name] + FORCE
    assert (1, "Recreate") == (spec["replicas"], spec["strategy"]["type"])


@pytest.mark.parametrize("name", KINDS)
def test_both_overlays_and_the_readme_say_that_it_is_there(name: str) -> None:
    for overlay in OVERLAYS:
        text = (FOLDER / overlay / "kustomization.yaml").read_text()
        assert f"  # - ../{name} " in text
        assert f"../{name}" not in yaml.safe_load(text)["resources"]
    assert f"[below](#{name})" in (FOLDER / "README.md").read_text()
