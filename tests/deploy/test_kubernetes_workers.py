"""What `hookline-workers deploy kubernetes` writes, at its place in the overlays."""

import shutil
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.deploy.overlays import FOLDER, OVERLAYS, Object, rendered_folder, selects
from tests.deploy.readme_secrets import made_by_readme
from tests.deploy.restricted import restricted
from tests.deploy.schemas_of_others import problems
from workers.__main__ import main
from workers.deployment.cluster import BROKER

PLACE = "# - workers.yaml"


def written() -> str:
    """Return what the command writes for the examples."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as told:
        patch.setenv("HOOKLINE_AMQP_URL", "amqp://broker/")
        assert 0 == main(["deploy", "kubernetes", "shop.consumers"])
    return told.getvalue()


@pytest.fixture(scope="module", params=OVERLAYS)
def objects(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Object, ...]:
    """All objects of an overlay with the workers of the examples."""
    copied = tmp_path_factory.mktemp("copied") / "kubernetes"
    shutil.copytree(FOLDER, copied)
    folder = copied / str(request.param)
    (folder / "workers.yaml").write_text(written())

    kustomization = folder / "kustomization.yaml"
    text = kustomization.read_text()
    assert 1 == text.count(PLACE)
    kustomization.write_text(text.replace(PLACE, PLACE.removeprefix("# ")))
    return rendered_folder(folder)


def workers(objects: tuple[Object, ...]) -> list[Object]:
    """Return the Deployments of workers."""
    deployments = [one for one in objects if one["kind"] == "Deployment"]
    return [one for one in deployments if one["metadata"]["name"] != "hookline-ingress"]


def test_every_object_fits_its_official_schema(objects: tuple[Object, ...]) -> None:
    assert 4 == len(workers(objects))
    wrong = {f"{one['kind']} {one['metadata']['name']}": problems(one) for one in objects}
    assert {} == {name: found for name, found in wrong.items() if found}


def test_policy_and_monitor_mean_their_pods_and_what_they_may_is_restricted(
    objects: tuple[Object, ...],
) -> None:
    (policy,) = (
        one
        for one in objects
        if one["metadata"]["name"] == "hookline-workers" and one["kind"] == "NetworkPolicy"
    )
    selectors = [policy["spec"]["podSelector"]]
    selectors += [one["spec"]["selector"] for one in objects if one["kind"] == "PodMonitor"]
    for one in workers(objects):
        template = one["spec"]["template"]
        assert all(selects(selector, template["metadata"]["labels"]) for selector in selectors)
        assert [] == restricted(template["spec"])

        (container,) = template["spec"]["containers"]
        assert ["admin"] == [port["name"] for port in container["ports"]]


def test_they_have_the_image_of_the_overlay_and_its_settings(objects: tuple[Object, ...]) -> None:
    (ingress,) = (
        one for one in objects if one["kind"] == "Deployment" and one not in workers(objects)
    )
    image = ingress["spec"]["template"]["spec"]["containers"][0]["image"]
    shared = {one["metadata"]["name"]: one["data"] for one in objects if one["kind"] == "ConfigMap"}
    for one in workers(objects):
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert image == container["image"]

        (source,) = container["envFrom"]
        name = source["configMapRef"]["name"]
        if "RabbitmqCluster" in {other["kind"] for other in objects}:
            assert {"HOOKLINE_DECLARE": "verify"} == shared[name]
        else:
            assert name not in shared
            assert source["configMapRef"]["optional"]


def test_they_and_keda_log_in_by_what_the_readmes_commands_make(
    objects: tuple[Object, ...], tmp_path: Path
) -> None:
    made = {
        (one["metadata"]["name"], key) for one in made_by_readme(tmp_path) for key in one["data"]
    }
    asked = {
        (volume["secret"]["secretName"], item["key"])
        for one in workers(objects)
        for volume in one["spec"]["template"]["spec"]["volumes"]
        if "secret" in volume
        for item in volume["secret"]["items"]
    }
    asked |= {
        (refer["name"], refer["key"])
        for one in objects
        if one["kind"] == "TriggerAuthentication"
        for refer in one["spec"]["secretTargetRef"]
    }
    assert 3 == len(asked)
    assert asked <= made


def test_keda_asks_the_broker_of_the_operators_where_no_other_is_named(
    objects: tuple[Object, ...],
) -> None:
    hosts = {
        trigger["metadata"]["host"]
        for one in objects
        if one["kind"] == "ScaledObject"
        for trigger in one["spec"]["triggers"]
    }
    assert {f"http://{BROKER}:15672/"} == hosts
