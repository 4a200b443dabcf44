"""The folder for what keeps subscriptions: in each overlay it is what the cluster takes and the
command reads, and it reaches no more than shops.
"""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingress.subscriptions.settings import read
from runtime.lifetime import FORCE
from tests.deploy.overlays import FOLDER, OVERLAYS, Object, rendered, rendered_folder, selects
from tests.deploy.restricted import restricted
from tests.deploy.schemas_of_others import problems

KEEPING = FOLDER / "subscriptions"
ADDRESS = "https://hooks.example.org/webhooks/spiffy"


@cache
def added(overlay: str) -> tuple[Object, ...]:
    """Return what the folder adds to an overlay, with a monitor and settings of one's own."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        base = os.path.relpath(FOLDER / overlay, folder)
        keeping = os.path.relpath(KEEPING, folder)
        (folder / "monitor.yaml").write_text((KEEPING / "monitor.yaml").read_text())
        (folder / "kustomization.yaml").write_text(
            f"namespace: hookline\nresources: [{base}, {keeping}, monitor.yaml]\n"
            "configMapGenerator:\n  - name: hookline-subscriptions\n    behavior: merge\n"
            f"    literals: ['HOOKLINE_ADDRESS={ADDRESS}']\n"
        )
        whole = rendered_folder(folder)

    before = [(one["kind"], one["metadata"]["name"]) for one in rendered(overlay)]
    return tuple(one for one in whole if (one["kind"], one["metadata"]["name"]) not in before)


def one(overlay: str, kind: str) -> Object:
    """Return the one object of a kind that the folder adds."""
    (found,) = (one for one in added(overlay) if one["kind"] == kind)
    return found


each = pytest.mark.parametrize("overlay", OVERLAYS)


@each
def test_every_object_fits_its_official_schema_without_an_unknown_field(overlay: str) -> None:
    assert {"ConfigMap", "Deployment", "NetworkPolicy", "PodMonitor"} == {
        one["kind"] for one in added(overlay)
    }
    assert [] == [found for one in added(overlay) for found in problems(one)]


@each
def test_the_pod_is_such_as_the_namespace_lets_in_and_of_a_user_that_is_there(overlay: str) -> None:
    pod = one(overlay, "Deployment")["spec"]["template"]["spec"]
    assert [] == restricted(pod)
    accounts = [one for one in rendered(overlay) if one["kind"] == "ServiceAccount"]
    assert pod["serviceAccountName"] in {one["metadata"]["name"] for one in accounts}


@each
def test_the_command_takes_its_settings_and_listens_where_it_is_asked(overlay: str) -> None:
    (container,) = one(overlay, "Deployment")["spec"]["template"]["spec"]["containers"]
    environment = {one["name"]: one["value"] for one in container["env"]}
    mounts = {one["mountPath"] for one in container["volumeMounts"]}
    assert environment.pop("HOOKLINE_SECRETS_FILE").rpartition("/")[0] in mounts
    assert environment["HOOKLINE_SHOPS_LIST"].rpartition("/")[0] in mounts

    data = one(overlay, "ConfigMap")["data"]
    settings, apps = read({"HOOKLINE_SECRETS": "hush", **data, **environment})
    assert ADDRESS == apps["spiffy"].address
    assert apps["spiffy"].topics
    assert settings.sightings in mounts
    assert [{"name": "admin", "containerPort": settings.admin_port}] == container["ports"]


@each
def test_monitor_and_policy_mean_its_pods_and_the_policy_leads_to_shops_alone(overlay: str) -> None:
    labels = one(overlay, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert selects(one(overlay, "PodMonitor")["spec"]["selector"], labels)
    policy = one(overlay, "NetworkPolicy")["spec"]
    assert selects(policy["podSelector"], labels)
    assert {443, 53} == {port["port"] for rule in policy["egress"] for port in rule["ports"]}


@each
def test_no_other_pod_of_ours_is_meant_by_its_labels(overlay: str) -> None:
    selector = one(overlay, "Deployment")["spec"]["selector"]
    deployments = [one for one in rendered(overlay) if one["kind"] == "Deployment"]
    others = [one["spec"]["template"]["metadata"]["labels"] for one in deployments]
    assert others
    assert not any(selects(selector, labels) for labels in others)


@each
def test_it_has_time_to_end_before_it_is_killed_and_never_runs_twice(overlay: str) -> None:
    spec = one(overlay, "Deployment")["spec"]
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > FORCE
    assert (1, "Recreate") == (spec["replicas"], spec["strategy"]["type"])
