"""A body of every topic that a model is known of, for tests and for documents.

The names are those that the platform documents; who and what stands there is made up.
"""

from importlib.resources import files
from typing import Any

import orjson

from schemas.payloads import PAYLOADS, Payload
from schemas.payloads.payload import root_of

DELETIONS = frozenset({"delete", "destroy", "remove", "disconnect"})
"""Events after which there is little left to tell."""


def sample(topic: str) -> dict[str, Any]:
    """Return a body of a topic as plain data, a new one each time; change it as you like.

    A deletion says what is gone and no more. Raises LookupError for a topic without a model.
    """
    model = PAYLOADS.get(topic)
    if model is None:
        raise LookupError(
            f"no sample of {topic!r}: there is one for each topic in schemas.payloads.PAYLOADS"
        )

    whole = whole_sample(model)
    _, _, event = topic.partition("/")
    if event in DELETIONS:
        return _identity(model, whole)
    return whole


def whole_sample(model: type[Payload]) -> dict[str, Any]:
    """Return a body of one of our models with every field that the model names."""
    root = root_of(model)
    file = files(__name__) / f"{root}.json"
    raw = file.read_bytes()
    held: dict[str, Any] = orjson.loads(raw)
    return held


def flat_sample(topic: str) -> dict[str, Any]:
    """Return the body of a topic without what the platform may wrap it in."""
    _, record = _unwrapped(PAYLOADS[topic], sample(topic))
    return record


def _identity(model: type[Payload], whole: dict[str, Any]) -> dict[str, Any]:
    """Return a body with what a payload cannot do without, wrapped where the whole one is."""
    root, record = _unwrapped(model, whole)
    identity: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            identity[name] = record[name]

    if root:
        return {root: identity}
    return identity


def _unwrapped(model: type[Payload], whole: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name that a body is wrapped in, empty where it is not, and what is in it."""
    root = root_of(model)
    if whole.keys() == {root}:
        return root, whole[root]
    return "", whole
