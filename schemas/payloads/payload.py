"""What every payload has in common."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Payload(BaseModel):
    """A platform object as its webhook carries it. Immutable; fields we do not know are kept, as attributes too.

    Validates the flat body (`{"id": …}`) and the one wrapped in its name (`{"order": {"id": …}}`), as the REST API and
    XML have it.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, given: Any) -> Any:
        """Take what stands under the root key, where that key is all there is."""
        if isinstance(given, dict) and len(given) == 1:
            inner = given.get(_snake(cls.__name__))
            return inner if isinstance(inner, dict) else given
        return given


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
