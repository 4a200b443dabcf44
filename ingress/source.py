"""Where topic, shop and id of a webhook stand in a request. Data, and how it is read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

APP = "{app}"
"""A constant that stands for the app's own name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Headers in lower case, the best name first; else fields of the JSON body, dotted, of which
    the first that is there counts; else a constant.
    """

    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    value: str = ""
    cut: str = ""
    """A beginning that is left out."""

    @property
    def is_header(self) -> bool:
        """Whether headers alone say it, as it is."""
        return not (self.fields or self.value or self.cut)

    def said(self, headers: Mapping[str, str], body: Any, app: str) -> str:
        """Return what is said; the empty string where nothing is."""
        text = said_by(self.headers, headers)
        if not text:
            text = _of_fields(self.fields, body)
        if not text:
            text = self.value.replace(APP, app)
        return text.removeprefix(self.cut)

    def __str__(self) -> str:
        """Where it is looked for, as a message tells it."""
        if self.headers:
            return f"the header {self.headers[0].title()}"
        if self.fields:
            return f"the body's field {self.fields[0]}"
        return "a constant"


NOWHERE = Source()


def said_by(names: tuple[str, ...], headers: Mapping[str, str]) -> str:
    """Return what the headers of these names say; a vendor may send an old and a new name at once.

    Where they agree, that is one value.
    """
    said = ""
    for name in names:
        value = headers.get(name)
        if not value or value == said:
            continue
        if said:
            value = f"{said}, {value}"
        said = value
    return said


def _of_fields(fields: tuple[str, ...], body: Any) -> str:
    for field in fields:
        text = text_at(body, field)
        if text:
            return text
    return ""


def text_at(body: Any, path: str) -> str:
    """Return the text or the integer at a dotted path; the empty string where none is."""
    found = body
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return ""
        found = found.get(name)

    if isinstance(found, str):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return ""
