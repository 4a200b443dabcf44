"""What every payload and every part of one has in common."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Part(BaseModel):
    """Something within a payload. Immutable; fields we do not know are kept, as attributes too.

    Numbers where text is expected (a postcode, a token) become text; a field that is missing or null is None, a list
    then empty.
    """

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)


class Payload(Part):
    """A platform object as its webhook carries it; like a part, and:

    Validates the flat body (`{"id": …}`) and the one wrapped in its name (`{"order": {"id": …}}`), as the REST API and
    XML have it. A model of your own that extends one of these takes the same wrapping.
    """

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, given: Any) -> Any:
        """Take what stands under the root key, where that key is all there is."""
        if not isinstance(given, dict) or len(given) != 1:
            return given
        ((root, inner),) = given.items()
        kinds = (kind.__name__ for kind in cls.__mro__ if issubclass(kind, Payload) and kind is not Payload)
        return inner if isinstance(inner, dict) and root in map(_snake, kinds) else given


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
