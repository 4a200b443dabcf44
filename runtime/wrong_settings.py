"""Settings made of what is written, and what is said of a wrong one: its name, and an example."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from runtime.settings import ENVIRONMENT, SECRET_SETTINGS, Place

MAX_SHOWN = 60
"""Characters of a wrong value that a message shows."""

Model = TypeVar("Model", bound=BaseModel)


def validated(
    model: type[Model],
    values: Mapping[str, Any],
    problems: list[str],
    place: Place = ENVIRONMENT,
    context: Any = None,
) -> Model | None:
    """Return the model made of the values, or None where they do not fit.

    What is wrong is added to the problems. `context` is what the model's validators may ask.
    """
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)

    for problem in found:
        key = str(problem["loc"][0])
        file_name = place.name(f"{key}_file")
        if key not in values and _is_told(file_name, problems):
            continue  # a setting whose file cannot be read is not missing besides

        if problem["type"] == "missing":
            told = _missing(place, key)
        else:
            message = problem["msg"].removeprefix("Value error, ")
            told = wrong_value(place, key, values.get(key), message)
        problems.append(told)
    return None


def _missing(place: Place, key: str) -> str:
    name = place.name(key)
    example = place.examples[key]
    return f"{name} is not set; for example {name}={example}"


def _is_told(name: str, problems: list[str]) -> bool:
    """Tell whether there is a problem with the setting of this name already."""
    beginnings = (f"{name}:", f"{name}=")
    return any(problem.startswith(beginnings) for problem in problems)


def wrong_value(place: Place, key: str, value: Any, message: str) -> str:
    """Say what is wrong with a setting: name, value where that is no secret, and an example."""
    written = place.name(key)
    is_secret = key in SECRET_SETTINGS
    if isinstance(value, str) and not is_secret:
        shown = _shown(value)
        written = f"{written}={shown}"

    example = place.examples[key]
    return f"{written}: {message}; for example {example}"


def _shown(value: str) -> str:
    """Return the value's first line, which is all of most: a whole file may hold secrets too."""
    first, *others = value.strip().splitlines() or [""]
    quoted = repr(value)
    if others:
        quoted = f"{first!r}…"
    if len(quoted) <= MAX_SHOWN:
        return quoted

    head = quoted[:MAX_SHOWN]
    return f"{head}…"
