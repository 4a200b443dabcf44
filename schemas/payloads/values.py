"""The platform's ways of writing money, times and tags, each as one Python type."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer

T = TypeVar("T")


def _aware(value: datetime) -> datetime:
    # The API's times are UTC where they say nothing else.
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [tag for part in value.split(",") if (tag := part.strip())]
    return [] if value is None else value


def _nothing(value: Any) -> Any:
    return [] if value is None else value


Money = Decimal
"""Exact, from a string or a number (a JSON number as far as a double is: 15 digits); a string in JSON."""

Time = Annotated[AwareDatetime | Annotated[datetime, AfterValidator(_aware)], Field(union_mode="left_to_right")]
"""Aware: ISO 8601 with `Z`, an offset, fractions, a blank instead of `T`, or without a zone, which is UTC."""

Tags = Annotated[list[str], BeforeValidator(_split), PlainSerializer(",".join, when_used="json")]
"""A list in Python; in JSON the comma string that the platform writes."""

Many = Annotated[list[T], BeforeValidator(_nothing)]
"""A list that may be missing or null: then it is empty."""
