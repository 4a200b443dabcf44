"""JSON Schemas of payload types, as short as they can be said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import isclass
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class Described:
    """The schemas of several payload types, and what they have in common."""

    by_name: Mapping[str, Schema]
    """By the name that each was given; mostly a `$ref`."""
    definitions: Mapping[str, Schema]
    """What the references lead to, by the name of the model."""


class _Short(GenerateJsonSchema):
    """Leaves out what a field's name says too, and that what may be missing is null then."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's own
        """Have no title made of the field's name."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Tell defaults, but for null."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Write a plain type that may be null as two types."""
        whole = super().nullable_schema(schema)
        choices = whole.get("anyOf", [])
        types = [one["type"] for one in choices if one.keys() == {"type"}]
        if types and len(types) == len(choices):
            return {"type": types}
        return whole


def described(payloads: Mapping[str, Any]) -> Described:
    """Return the schemas of payload types, which refer to their parts by REF.

    What no schema can say stands there as one that fits anything.
    """
    try:
        found, shared = _generated(payloads)
    except PydanticInvalidForJsonSchema:
        sayable = {name: _sayable(payload) for name, payload in payloads.items()}
        found, shared = _generated(sayable)

    definitions = dict(shared.get("$defs", {}))
    by_name = {
        name: _apart(payload, found[name], definitions) for name, payload in payloads.items()
    }
    return Described(by_name, definitions)


def _generated(payloads: Mapping[str, Any]) -> tuple[dict[str, Schema], Schema]:
    """Return the schema of each, and of them all one that has what they refer to."""
    inputs = [(name, "validation", TypeAdapter(payload)) for name, payload in payloads.items()]
    found, shared = TypeAdapter.json_schemas(
        inputs,  # type: ignore[arg-type]  # a list is invariant, and the mode a literal
        ref_template=REF,
        schema_generator=_Short,
    )
    return {name: schema for (name, _), schema in found.items()}, shared


def _apart(payload: Any, schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return a reference to a model's schema, which is put among the definitions; what is no model
    stays where it is.
    """
    if "$ref" in schema or not isclass(payload) or not issubclass(payload, BaseModel):
        return schema

    name = payload.__name__
    if definitions.setdefault(name, schema) != schema:
        name = f"{payload.__module__}.{payload.__name__}"
        definitions[name] = schema
    return {"$ref": REF.format(model=name)}


def standing_alone(payload: Any, examples: Iterable[Any]) -> Schema:
    """Return the schema of one payload type with all its parts in it."""
    whole = _alone(payload) or {}
    shown = list(examples)
    given = {"examples": shown} if shown else {}
    return {"$schema": DIALECT} | whole | given


def _sayable(payload: Any) -> Any:
    """Return the type, or one that fits anything where no schema can say what it is."""
    return Any if _alone(payload) is None else payload


def _alone(payload: Any) -> Schema | None:
    """Return the schema of one type with all its parts; None where none can say what it is."""
    try:
        return TypeAdapter(payload).json_schema(schema_generator=_Short)
    except PydanticInvalidForJsonSchema:
        return None
