"""The platform's ways of writing money, tags, lists and records, each as one Python type."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.payloads.expected import Expected

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _BeforeInPython:
    """Mends plain data before it is looked at.

    JSON must be right as it is, else it is decoded and comes here again. A function before what is
    in JSON would have all of it decoded first, which costs more than to validate it.
    """

    mend: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Put the function before the Python side of what the type is without us."""
        inner = handler(source)
        mended = core_schema.no_info_before_validator_function(self.mend, inner)
        return core_schema.json_or_python_schema(json_schema=inner, python_schema=mended)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say that there may be null in its place."""
        whole = handler(schema)
        choices = whole.get("anyOf", [whole])
        return {"anyOf": [*(one for one in choices if one != _NULL), _NULL]}


_NULL = {"type": "null"}

MAX_MONEY = 100
"""Places before and behind the point, at most: so many that no platform's rounding comes near, and
few enough for `int()` and every other way to write an amount out.
"""


@dataclass(frozen=True, slots=True)
class _Amount:
    """Reads what nearly every amount looks like without a call into Python."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$")
        decimal = core_schema.no_info_plain_validator_function(Decimal)
        usual = core_schema.chain_schema([text, decimal])
        other = core_schema.no_info_after_validator_function(_bounded, handler(source))
        return core_schema.union_schema(
            [usual, other],
            mode="left_to_right",
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(core_schema.decimal_schema())


def _bounded(amount: Decimal) -> Decimal:
    places = amount.adjusted()
    if -MAX_MONEY <= places < MAX_MONEY:
        return amount

    raise ValueError


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return listed(value)

    tags = [tag.strip() for tag in value.split(",")]
    return [tag for tag in tags if tag]


def listed(value: Any) -> Any:
    """Return what stands for a list as one; what does not is left for its type to refuse."""
    if type(value) is list:
        if None not in value:
            return value
        return [one for one in value if one is not None]

    if value in (None, "", {}):
        return []

    if isinstance(value, dict) and len(value) == 1:
        # An XML array without its type: the elements under their name.
        (inner,) = value.values()
        if isinstance(inner, list):
            return inner
        return [inner]

    return value


def _recorded(value: Any) -> Any:
    if not value and value != {}:
        return None
    return value


Money = Annotated[
    Decimal,
    _Amount(),
    Expected("an amount, such as 19.90, with at most 100 places on either side of the point"),
]
"""Exact, from a string or a number (a JSON number as far as a double is: 15 digits); a string in
JSON.

Nothing from 1e100 on, and nothing but zero below 1e-100: `int()` of an amount is harmless.
"""

Tags = Annotated[
    list[str],
    BeforeValidator(_split),
    PlainSerializer(",".join, when_used="json"),
    WithJsonSchema(
        {"type": ["string", "array", "null"], "items": {"type": "string"}}, "validation"
    ),
]
"""A list in Python; in JSON the comma string that the platform writes."""

Many = Annotated[list[T], _BeforeInPython(listed)]
"""A list of records or texts that may be missing, null, an empty text or an empty object: then it
is empty. Nulls in it are left out.
"""

Loose = Annotated[
    list[Any],
    BeforeValidator(listed),
    WithJsonSchema({"type": ["array", "null"]}, "validation"),
]
"""The same of anything."""

One = Annotated[T | None, _BeforeInPython(_recorded)]
"""A record within another: None where it is missing, null, an empty text or an empty list."""
