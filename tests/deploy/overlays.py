"""What `kubectl apply -k` would send for each folder of `deploy/kubernetes`."""

import subprocess
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from ingress.settings import Settings
from ingress.settings import read as read_ingress

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAYS = ("plain", "operators")
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)

GIVEN = {"HOOKLINE_AMQP_URL": "amqp://broker", "HOOKLINE_SECRETS": "hush"}
"""What stands in files in the cluster."""

Object = dict[str, Any]


@cache
def rendered(overlay: str) -> tuple[Object, ...]:
    """Return the objects of an overlay; skips where there is no kubectl."""
    return rendered_folder(FOLDER / overlay)


def rendered_folder(folder: Path) -> tuple[Object, ...]:
    """Return the objects of a kustomization; skips where there is no kubectl."""
    needs_kubectl()
    command = ["kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def needs_kubectl() -> None:
    """Skip where there is no kubectl."""
    if which("kubectl") is None:
        pytest.skip("no kubectl (the package kubectl, or kubernetes-client from Debian 13 on)")


def named(overlay: str, kind: str, name: str = "hookline-ingress") -> Object:
    """Return the one object of this kind and name."""
    (found,) = (
        one for one in rendered(overlay) if one["kind"] == kind and one["metadata"]["name"] == name
    )
    return found


def of_kind(overlay: str, kind: str) -> list[Object]:
    """Return all objects of a kind."""
    return [one for one in rendered(overlay) if one["kind"] == kind]


def ingress_pod(overlay: str) -> Object:
    """Return the template of the ingress's pods."""
    template: Object = named(overlay, "Deployment")["spec"]["template"]
    return template


def ingress_container(overlay: str) -> Object:
    """Return the one container of the ingress's pods."""
    (container,) = ingress_pod(overlay)["spec"]["containers"]
    return dict(container)


def ingress_environment(overlay: str) -> dict[str, str]:
    """Return the environment of the ingress, as ConfigMap and Deployment make it."""
    container = ingress_container(overlay)
    found: dict[str, str] = {}
    for source in container["envFrom"]:
        found |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    for one in container["env"]:
        found[one["name"]] = one["value"]
    return found


def ingress_settings(overlay: str) -> Settings:
    """Return the settings that the ingress has in the cluster, the secret ones apart."""
    environment = ingress_environment(overlay)
    plain = {name: value for name, value in environment.items() if not name.endswith("_FILE")}
    settings, _ = read_ingress(plain | GIVEN)
    return settings


def selects(selector: Object, labels: Object) -> bool:
    """Tell whether a selector by labels takes an object with these."""
    return bool(selector["matchLabels"].items() <= labels.items())
