"""Schemas of custom resources, out of a folder `shared/crds` near the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
PLACES = [parent / "shared/crds" for parent in ROOT.parents]


def problems_of(resource: dict[str, Any]) -> list[str]:
    """Return what is wrong with a custom resource; skips the test where its schema is not here."""
    group, _, version = resource["apiVersion"].partition("/")
    schema = _schema(f"{group}_{resource['kind']}.json", version)
    errors = Draft202012Validator(schema).iter_errors(resource)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _schema(name: str, version: str) -> dict[str, Any]:
    found = [place / name for place in PLACES if (place / name).exists()]
    if not found:
        pytest.skip(f"no {name} in a folder shared/crds beside the checkout or above it")
    whole = json.loads(found[0].read_text())
    schema = _closed(whole["versions"][version])
    schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    return dict(schema)


def _closed(node: Any) -> Any:
    """Return a schema that refuses what the API server would drop without a word."""
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node

    closed = {key: _closed(value) for key, value in node.items() if key != "properties"}
    if "properties" in node:
        closed["properties"] = {name: _closed(one) for name, one in node["properties"].items()}
        keeps_all = node.get("x-kubernetes-preserve-unknown-fields", False)
        if not keeps_all:
            closed.setdefault("additionalProperties", False)

    if node.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
        closed.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if node.get("nullable") and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
    return closed
