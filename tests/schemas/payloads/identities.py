"""The least that a body of a model must hold."""

from typing import Any

from schemas.payloads import Part


def identity(model: type[Part]) -> dict[str, Any]:
    """Return a body with a model's required fields and no other."""
    identified: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            kind = field.annotation
            is_record = isinstance(kind, type) and issubclass(kind, Part)
            identified[name] = {} if is_record else 1
    return identified
