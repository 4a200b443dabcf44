"""The official schemas of what other programs read: Kubernetes' own kinds, operators, Grafana.

Those of operators and Grafana are no part of this repository (see `custom_resources`): who asks for
one skips where they are not.
"""

import json
from typing import Any

import kubernetes_validate
import pytest
from jsonschema import Draft7Validator

from tests.deploy.custom_resources import PLACES, problems_of

KUBERNETES = "1.37"
"""Whose schemas core kinds are held against."""
CORE_GROUPS = ("", "apps", "autoscaling", "policy", "networking.k8s.io")
"""Kubernetes' own, of those that are used here."""

Object = dict[str, Any]


def problems(found: Object) -> list[str]:
    """Return what is wrong with an object of Kubernetes, unknown fields too."""
    group, _, _ = found["apiVersion"].rpartition("/")
    if group in CORE_GROUPS:
        return _core_problems(found)
    return problems_of(found)


def grafana_problems(schema: str, definition: str, found: Any) -> list[str]:
    """Return what is wrong with a part of a dashboard, by a definition of a schema of Grafana's:
    `dashboard`, `prometheus`, or one of a type of panel.
    """
    name = f"grafana_{schema}.jsonschema.json"
    files = [place / name for place in PLACES if (place / name).exists()]
    if not files:
        pytest.skip(f"no {name} in a folder shared/crds beside the checkout or above it")

    whole = json.loads(files[0].read_text()) | {"$ref": f"#/definitions/{definition}"}
    errors = Draft7Validator(whole).iter_errors(found)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _core_problems(found: Object) -> list[str]:
    try:
        kubernetes_validate.validate(found, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{error.path}: {error.message}"]
    return []
