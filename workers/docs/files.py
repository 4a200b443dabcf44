"""What `docs` writes into a folder: the AsyncAPI document, and a JSON Schema a payload type."""

from collections.abc import Iterable, Iterator, Sequence
from inspect import isclass
from pathlib import PurePath
from typing import Any

import orjson
from pydantic import BaseModel

from schemas.topic import TopicPattern
from workers.consumer import Consumer
from workers.docs.asyncapi import asyncapi
from workers.docs.examples import example, wire_type
from workers.docs.json_schema import Schema, standing_alone


def as_text(plain: Schema) -> str:
    """Return plain data as the JSON that is printed and written."""
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def files(app: str, consumers: Sequence[Consumer[Any]]) -> dict[PurePath, str]:
    """Return the files by their path in the folder; the same consumers give the same bytes."""
    whole = asyncapi(app, consumers)
    written = {PurePath("asyncapi.json"): as_text(whole)}
    for name, schema in _schemas(consumers).items():
        path = PurePath("schemas") / f"{name}.json"
        written[path] = as_text(schema)
    return written


def _schemas(consumers: Sequence[Consumer[Any]]) -> dict[str, Schema]:
    """Return a schema for each model that a consumer takes, with an example of each topic."""
    shown: dict[type[BaseModel], list[Any]] = {}
    for topic, model in sorted(_models(consumers), key=_by_topic):
        examples = shown.setdefault(model, [])
        found = example(topic, model)
        if found is None:
            continue

        _, body = found
        if body not in examples:
            examples.append(body)

    schemas = {
        _name(model, shown): standing_alone(model, examples) for model, examples in shown.items()
    }
    return dict(sorted(schemas.items()))


def _models(consumers: Sequence[Consumer[Any]]) -> Iterator[tuple[TopicPattern, type[BaseModel]]]:
    """Yield the topics that are taken as a model, each with its model."""
    for one in consumers:
        for topic in one.topics:
            payload = wire_type(topic, one.payload)
            if isclass(payload) and issubclass(payload, BaseModel):
                yield topic, payload


def _by_topic(taken: tuple[TopicPattern, type[BaseModel]]) -> tuple[str, str]:
    topic, model = taken
    return topic, model.__name__


def _name(model: type[BaseModel], models: Iterable[type[BaseModel]]) -> str:
    """Return a model's name; with its module, where another is called the same."""
    alike = [one for one in models if one.__name__ == model.__name__]
    if len(alike) == 1:
        return model.__name__
    return f"{model.__module__}.{model.__qualname__}"
