"""What `hookline-workers deploy` writes is taken by those who read it, or by their schemas."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.systemd.install import HERE
from tests.deploy.custom_resources import problems_of
from tests.deploy.overlays import rendered_folder
from tests.deploy.promtool import promtool
from tests.workers.deployment.sample import APART, DRAIN, TOGETHER, WRITTEN
from workers.deployment.crews import Crew
from workers.deployment.systemd import drop_ins

KUBERNETES = ("kubernetes.yaml", "kubernetes-together.yaml")


def objects(name: str) -> list[dict[str, Any]]:
    """Return the objects of a stream."""
    return [one for one in yaml.safe_load_all(WRITTEN[name]()) if one is not None]


@pytest.mark.parametrize("name", KUBERNETES)
def test_deployments_are_what_kubernetes_takes(name: str) -> None:
    deployments = [one for one in objects(name) if one["kind"] == "Deployment"]
    assert deployments
    for one in deployments:
        kubernetes_validate.validate(one, "1.37", strict=True)


def test_a_deployment_with_a_field_that_kubernetes_does_not_know_is_refused() -> None:
    one = objects(KUBERNETES[0])[0]
    one["spec"]["template"]["spec"]["terminationGraceSeconds"] = 5
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one, "1.37", strict=True)


@pytest.mark.parametrize("name", KUBERNETES)
def test_scaled_objects_and_logins_are_what_keda_takes(name: str) -> None:
    own = [one for one in objects(name) if one["apiVersion"] == "keda.sh/v1alpha1"]
    assert {"ScaledObject", "TriggerAuthentication"} == {one["kind"] for one in own}
    assert [] == [problem for one in own for problem in problems_of(one)]


def test_a_scaled_object_with_a_field_that_keda_does_not_know_is_refused() -> None:
    (one, *_) = [one for one in objects(KUBERNETES[0]) if one["kind"] == "ScaledObject"]
    one["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behaviour"] = {}
    assert problems_of(one)


def test_kustomize_puts_the_image_of_the_overlay_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "workers.yaml").write_text(WRITTEN["kubernetes.yaml"]())
    overlay = {
        "resources": ["workers.yaml"],
        "namespace": "hookline",
        "images": [{"name": "hookline", "newName": "registry.example/shop", "newTag": "1.2"}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    built = [one for one in rendered_folder(tmp_path) if one["kind"] == "Deployment"]
    images = {one["spec"]["template"]["spec"]["containers"][0]["image"] for one in built}
    assert {"registry.example/shop:1.2"} == images


LAGS = [
    # buckets of the age at the first attempt, as they grow in 15 s each; the lag that KEDA sees
    ("some waited up to a minute", {"15": "0+0x20", "60": "0+10x20", "+Inf": "0+10x20"}, 57.75),
    ("none was handled lately", {"15": "7+0x20", "60": "9+0x20", "+Inf": "9+0x20"}, 0),
    ("no worker has told of any", {}, 0),
]


@pytest.mark.parametrize(
    ("buckets", "lag"), [row[1:] for row in LAGS], ids=[row[0] for row in LAGS]
)
def test_the_question_about_lag_is_one_that_prometheus_answers_with_one_number(
    buckets: dict[str, str], lag: float, tmp_path: Path
) -> None:
    scaled = [one for one in objects(KUBERNETES[1]) if one["kind"] == "ScaledObject"]
    queries = [
        trigger["metadata"]["query"]
        for trigger in scaled[0]["spec"]["triggers"]
        if trigger["type"] == "prometheus" and "orders/create" in trigger["metadata"]["query"]
    ]
    labels = 'app="spiffy",consumer="erp",topic="orders/create"'
    series = [
        {"series": f'hookline_webhook_age_seconds_bucket{{{labels},le="{le}"}}', "values": values}
        for le, values in buckets.items()
    ]
    (query,) = queries
    sample = {"labels": "{}", "value": lag}
    asked = {"expr": query, "eval_time": "5m", "exp_samples": [sample]}
    case = {"interval": "15s", "input_series": series, "promql_expr_test": [asked]}
    file = tmp_path / "lag.yaml"
    file.write_text(yaml.safe_dump({"tests": [case]}))

    done = promtool("test", "rules", str(file))
    assert 0 == done.returncode, done.stdout + done.stderr


def test_services_are_what_compose_takes(tmp_path: Path) -> None:
    file = tmp_path / "workers.yaml"
    file.write_text(WRITTEN["compose.yaml"]())
    program = str(Path(sys.executable).parent / "check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("crew", [*APART, TOGETHER], ids=lambda crew: crew.instance)
def test_a_unit_with_its_drop_in_is_what_systemd_takes(crew: Crew, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze (Debian's package systemd)")
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    files = drop_ins([crew], program="/bin/true", drain_timeout=DRAIN)
    ((_, text),) = files.items()

    # An instance with a colon cannot be verified: what stands behind it would be an alias.
    unit = "hookline-worker@crew.service"
    (tmp_path / f"{unit}.d").mkdir()
    drop_in = tmp_path / f"{unit}.d/crew.conf"
    drop_in.write_text(text)

    def verified() -> tuple[int, str]:
        command = [program, "verify", f"./{unit}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    # It exits with 0 where it does not know a key, and only says so.
    assert (0, "") == verified()
    drop_in.write_text(text.replace("TimeoutStopSec=", "TimeoutStopSecs="))
    assert "TimeoutStopSecs" in verified()[1], "the drop-in is read"
