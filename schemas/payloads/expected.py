"""One error for a type that is tried in several ways."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Expected:
    """Gives a type one error that says what it should be, in place of one for each way that it was
    tried in.
    """

    what: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Put the error around what the type is without us."""
        message = f"Input should be {self.what}"
        return core_schema.custom_error_schema(
            handler(source), "expected", custom_error_message=message
        )
