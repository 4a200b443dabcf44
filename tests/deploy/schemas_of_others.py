"""The official schemas of what other programs read: Kubernetes' own kinds, operators, Grafana.

Those of operators and Grafana are no part of this repository: they are read from a folder
`shared/crds` beside it or above, and who asks for one skips where there is none.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

ROOT = Path(__file__).parents[2]
KUBERNETES = "1.37"
"""Whose schemas core kinds are held against."""

CORE_GROUPS = ("", "apps", "autoscaling", "policy", "networking.k8s.io")
"""Kubernetes' own, of those that are used here."""

Object = dict[str, Any]


def problems(found: Object) -> list[str]:
    """Return what is wrong with an object of Kubernetes, unknown fields too."""
    group, _, version = found["apiVersion"].rpartition("/")
    if group in CORE_GROUPS:
        return _core_problems(found)

    schema = _custom_schema(group, found["kind"], version)
    errors = Draft202012Validator(schema).iter_errors(found)
    return [f"{error.json_path}: {error.message}" for error in errors]


def grafana(name: str) -> Object:
    """Return a schema of Grafana's: `dashboard`, `prometheus`, or one of a type of panel."""
    return dict(json.loads((_folder() / f"grafana_{name}.jsonschema.json").read_text()))


def grafana_problems(schema: str, definition: str, found: Any) -> list[str]:
    """Return what is wrong with a part of a dashboard, by a definition of one of the schemas."""
    whole = grafana(schema) | {"$ref": f"#/definitions/{definition}"}
    errors = Draft7Validator(whole).iter_errors(found)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _core_problems(found: Object) -> list[str]:
    kubernetes_validate = pytest.importorskip(
        "kubernetes_validate", reason="pip install kubernetes-validate"
    )
    try:
        kubernetes_validate.validate(found, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{error.path}: {error.message}"]
    return []


def _folder() -> Path:
    for above in ROOT.parents:
        if (above / "shared/crds").is_dir():
            return above / "shared/crds"
    pytest.skip("no folder shared/crds with the schemas of operators and Grafana above this one")


@cache
def _custom_schema(group: str, kind: str, version: str) -> Object:
    read = json.loads((_folder() / f"{group}_{kind}.json").read_text())
    schema: Object = _closed(read["versions"][version])
    schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    return schema


def _closed(node: Any) -> Any:
    """Close a schema against unknown fields, which an API server drops without a word."""
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node

    closed = {key: _closed(value) for key, value in node.items() if key != "properties"}
    if "properties" in node:
        closed["properties"] = {name: _closed(one) for name, one in node["properties"].items()}
        is_open = node.get("x-kubernetes-preserve-unknown-fields")
        if "additionalProperties" not in node and not is_open:
            closed["additionalProperties"] = False

    if node.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
        closed.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if node.get("nullable") and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
    return closed
