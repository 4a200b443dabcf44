"""What a signed body is said to be: JSON or XML, and not encoded."""

from multidict import CIMultiDictProxy

from ingress.refusals import Refusal, Refused
from schemas.body import begins_as, format_of

MAX_CONTENT_TYPE = 255
"""Characters: AMQP's short string."""


def content_type_of(headers: CIMultiDictProxy[str], body: bytes) -> str:
    """Return the body's content type.

    Raises Refused where it is of neither format, or begins as something else.
    """
    given = headers.get("Content-Type", "")
    content_type = _named_once(given)
    if len(content_type) > MAX_CONTENT_TYPE or not content_type.isascii():
        raise Refused(Refusal.BAD_CONTENT_TYPE)
    if _is_encoded(headers):
        raise Refused(Refusal.BAD_CONTENT_TYPE)

    fmt = format_of(content_type)
    if fmt is None:
        raise Refused(Refusal.BAD_CONTENT_TYPE)
    if not begins_as(body, fmt):
        raise Refused(Refusal.BAD_BODY)
    return content_type


def _named_once(content_type: str) -> str:
    """Return a content type that a proxy has joined to itself, `a, a`, as one; others unchanged."""
    if "," not in content_type:
        return content_type

    parts = content_type.split(",")
    named = {part.strip() for part in parts}
    if len(named) > 1:
        return content_type
    return named.pop()


def _is_encoded(headers: CIMultiDictProxy[str]) -> bool:
    if "Content-Encoding" not in headers:
        return False

    given = headers.getall("Content-Encoding")
    joined = ",".join(given)
    for step in joined.split(","):
        name = step.strip()
        if name and name.lower() != "identity":
            return True
    return False
