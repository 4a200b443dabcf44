"""How a webhook's body becomes a handler's payload, and which types no body can become."""

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from pydantic import BaseModel, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticUndefinedAnnotation

from schemas.reading import reader
from schemas.webhook import Webhook
from workers.handler import BadHandler, bare

_NUMBERS = {"bool", "int", "float", "decimal", "complex"}
_TEXTS = {"str", "bytes", "uuid", "url", "multi-host-url"}
_TIMES = {"date", "time", "datetime", "timedelta"}
_OTHERS = {"none", "enum", "literal", "callable", "is-instance", "is-subclass"}
_NEVER = frozenset(_NUMBERS | _TEXTS | _TIMES | _OTHERS)
"""What pydantic calls types that no decoded body is ever of: a body is an object or a list."""
_INNER = {
    "definitions": "schema",
    "nullable": "schema",
    "default": "schema",
    "function-after": "schema",
    "custom-error": "schema",
    "json-or-python": "python_schema",
    "lax-or-strict": "lax_schema",
}
"""Where the type stands that pydantic's wrappings, which let nothing else in, are about."""


def decoder(payload: Any) -> Callable[[Webhook], Any]:
    """Return the function that makes a webhook's body a payload.

    That one raises Undecodable, or pydantic's ValidationError. Raises BadHandler for a type that
    every body would fail.
    """
    if payload is bytes:
        return attrgetter("body")

    adapter = _adapter(payload)
    if bare(payload) is bytes:
        validate = adapter.validate_python
        return lambda webhook: validate(webhook.body)

    schema: Any = adapter.core_schema
    if _is_never(schema, _definitions(schema)):
        raise BadHandler(
            f"no body is ever a {_name(payload)}: it is an object or a list; "
            "take Delivery[bytes] for the body as it came, Delivery[dict] for what it holds"
        )
    read = reader(payload)
    return lambda webhook: read(webhook.body, webhook.content_type)


def _adapter(payload: Any) -> TypeAdapter[Any]:
    try:
        # What pydantic warns of, we refuse.
        with warnings.catch_warnings(category=UserWarning, action="ignore"):
            if inspect.isclass(payload) and issubclass(payload, BaseModel):
                # Whole once, so that no adapter of it is built anew, here or at the first webhook.
                payload.model_rebuild(raise_errors=True)
            adapter = TypeAdapter(payload)
            adapter.rebuild(raise_errors=True)
    except PydanticUndefinedAnnotation as error:
        raise BadHandler(
            f"{_name(payload)} names {error.name!r}, which is not there yet; "
            "define it before the handler"
        ) from error
    except (NameError, TypeError, PydanticUserError) as error:
        text = str(error).partition("\n")[0]
        raise BadHandler(
            f"pydantic cannot validate a {_name(payload)} ({type(error).__name__}: {text})"
        ) from error

    for function in _functions(adapter.core_schema):
        _check_signature(payload, function)
    return adapter


def _functions(schema: Any) -> Iterator[Callable[..., Any]]:
    """Yield the validators that take a value and what is known about it, wherever they stand."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if part.get("type") == "with-info" and "function" in part:
                yield part["function"]
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part


def _check_signature(payload: Any, function: Callable[..., Any]) -> None:
    """Refuse a validator that cannot be called, such as a model of pydantic v1 brings."""
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        owner = getattr(function, "__self__", function)
        name = getattr(owner, "__name__", repr(owner))
        within = "" if payload is owner else f" (in {_name(payload)})"
        raise BadHandler(
            f"{name}{within} is a model of pydantic v1, or validates as one; "
            "derive it from pydantic.BaseModel (version 2)"
        ) from None
    except ValueError:  # it does not tell how it is called
        return


def _definitions(schema: Any) -> dict[str, Any]:
    return {one["ref"]: one for one in schema.get("definitions", ())}


def _is_never(schema: Any, definitions: Mapping[str, Any]) -> bool:
    """Tell whether no decoded body fits; one may where a function of the author's decides."""
    kind = schema["type"]
    if kind in _INNER:
        inner = schema[_INNER[kind]]
        return _is_never(inner, definitions)

    if kind == "definition-ref":
        meant = definitions[schema["schema_ref"]]
        return _is_never(meant, definitions)
    if kind == "chain":
        first = schema["steps"][0]
        return _is_never(first, definitions)

    if kind == "union":
        choices = [one[0] if isinstance(one, tuple) else one for one in schema["choices"]]
        return all(_is_never(one, definitions) for one in choices)
    return kind in _NEVER


def _name(payload: Any) -> str:
    return str(getattr(payload, "__name__", payload))
