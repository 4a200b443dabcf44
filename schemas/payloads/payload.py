"""What every payload and every part of one has in common."""

import re
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema, from_json


class Part(BaseModel):
    """Something within a payload. Immutable; fields we do not know are kept, as attributes too.

    Any field may be missing or null, its identifier too: it is None then, a list empty. Only the
    record that a webhook is about, a Payload, must have an identity. Numbers where text is expected
    (a postcode, a token) become text.
    """

    # defer_build: a process that reads orders alone pays for no other model when it starts.
    model_config = ConfigDict(
        extra="allow", frozen=True, coerce_numbers_to_str=True, defer_build=True
    )

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Validate JSON; raises pydantic's error.

        What does not fit is tried as plain data: there we mend more.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            kinds = {problem["type"] for problem in error.errors()}
            if "json_invalid" in kinds:
                raise

        return cls.model_validate(from_json(json_data), **options)


class Payload(Part):
    """A platform object as its webhook carries it; like a part, and:

    Validates the flat body (`{"id": …}`) and the one wrapped in its name (`{"order": {"id": …}}`),
    as the REST API and XML have it, or in `hash`, as Rails names what has no class. A model of your
    own that extends one of these takes the same wrapping.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Unwrap plain data. To look into JSON would be to decode it first: see below."""
        model = handler(source)
        unwrapped = core_schema.no_info_before_validator_function(cls._unwrap, model)
        return core_schema.json_or_python_schema(json_schema=model, python_schema=unwrapped)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Validate JSON, wrapped or not; raises pydantic's error."""
        payload = super().model_validate_json(json_data, **options)
        if payload.is_flat:
            return payload

        plain = from_json(json_data)
        return cls.model_validate(plain, **options)

    @property
    def is_flat(self) -> bool:
        """Whether it was made of more than one field: a single one may be what wraps all."""
        return len(self.__pydantic_fields_set__) > 1

    @classmethod
    def _unwrap(cls, given: Any) -> Any:
        """Take what stands under the root key, where that key is all there is."""
        if type(given) is not dict or len(given) != 1:
            return given

        ((root, inner),) = given.items()
        if isinstance(inner, dict) and root in _roots(cls):
            return inner
        return given


@cache
def _roots(model: type[Payload]) -> frozenset[str]:
    roots = {"hash"}
    for kind in model.__mro__:
        if issubclass(kind, Payload) and kind is not Payload:
            root = root_of(kind)
            roots.add(root)
    return frozenset(roots)


def root_of(model: type[Payload]) -> str:
    """Return the name that a body of this model is wrapped in: `customer_credit`."""
    parted = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__)
    return parted.lower()
