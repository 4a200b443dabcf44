"""What a setting can be: the types of the fields, and what makes one of a text or a TOML value.

Pydantic makes a problem of every ValueError here, and `runtime.wrong_settings` a line of that.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from schemas.duration import BadDuration, duration

_UNITS = {"": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "tib": 1024**4}
_SIZE = re.compile(r"([0-9]{1,15}) ?([kmgt]ib)?")
_SEPARATORS = re.compile(r"[,\r\n]")
_KINDS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    datetime: "a date",
    date: "a date",
    time: "a time",
    list: "a list",
    dict: "a table",
}
"""What TOML has, as a reader of the file would call it."""


def kind(value: Any) -> str:
    """Say what the value is, without showing it."""
    given = type(value)
    return _KINDS.get(given, given.__name__)


def escaped(name: str) -> str:
    """Return a name or a path as a message may show it: escaped where a terminal would obey it."""
    if name.isprintable():
        return name
    return ascii(name)


def text(value: Any) -> str:
    """Return the text without the blanks around it; ValueError for whatever is no text."""
    if not isinstance(value, str):
        given = kind(value)
        raise ValueError(f"a text is wanted, not {given}")  # noqa: TRY004 - pydantic tells ValueErrors alone

    return value.strip()


def listed(value: Any) -> list[str]:
    """Return the texts of a list, or of a text that commas or line breaks separate.

    They are without the blanks around them, and none is empty.
    """
    if isinstance(value, str):
        pieces = _SEPARATORS.split(value)
        parts = [piece.strip() for piece in pieces]
        return [part for part in parts if part]

    if not isinstance(value, list | tuple | set | frozenset):
        given = kind(value)
        raise ValueError(f"a list of texts or a comma-separated text is wanted, not {given}")  # noqa: TRY004 - as above

    for part in value:
        if not isinstance(part, str):
            given = kind(part)
            raise ValueError(f"a list of texts is wanted, and {given} is in it")  # noqa: TRY004 - as above
        if not part.strip():
            raise ValueError("an empty text is in the list")

    return [part.strip() for part in value]


def is_unset(value: Any) -> bool:
    """Tell whether the value says nothing, as a blank text does: then the default counts."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | Mapping):
        return not value
    return False


def _lower(value: Any) -> str:
    return text(value).lower()


def _upper(value: Any) -> str:
    return text(value).upper()


def _size(value: Any) -> int:
    written = str(value).strip().lower()
    match = _SIZE.fullmatch(written)
    if match is None:
        raise ValueError("a size is a number of bytes, or of KiB, MiB, GiB or TiB")

    number = int(match[1])
    unit = match[2] or ""
    return number * _UNITS[unit]


def _age(value: Any) -> int | None:
    if value in (None, "off", "OFF"):
        return None
    written = text(value)
    try:
        return duration(written)
    except BadDuration as error:
        raise ValueError(str(error)) from error


def _urls(value: Any) -> tuple[str, ...]:
    urls = listed(value)
    others = [url for url in urls if not url.startswith(("amqp://", "amqps://"))]
    if others or not urls:
        raise ValueError("each URL begins with amqp:// or amqps://")

    if not all(map(_parses, urls)):
        advice = "percent-encode what is no letter or digit in its user and password"
        raise ValueError(f"not a URL; {advice}")

    return tuple(urls)


def _http_url(value: Any) -> str:
    url = text(value)
    if not url.startswith(("http://", "https://")) or not urlsplit(url).netloc:
        raise ValueError("the URL begins with http:// or https://, and names a host")
    if not _parses(url):
        raise ValueError(
            "not a URL; percent-encode what is no letter or digit in its user and password"
        )
    return url


def _parses(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # where it was let through, the traceback would show a piece of the password
        return False


LOWER = BeforeValidator(_lower)
"""For words of ours: whatever case they are written in."""
UPPER = BeforeValidator(_upper)
Text = Annotated[str, BeforeValidator(text)]
Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_urls)]
"""AMQP URLs, one at least, to be tried in turn."""
HttpUrl = Annotated[str, BeforeValidator(_http_url)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Timeout = Annotated[Seconds, Field(gt=0)]
"""Seconds that something may take; 0 would leave no time at all."""
Age = Annotated[int | None, BeforeValidator(_age)]
"""Seconds for which something is kept, written `7d`; None, written `off`, where nothing is."""
Room = Annotated[int, BeforeValidator(_size), Field(ge=10_000_000, le=1024**5)]
"""Bytes on the broker's disks; less is not worth a stream."""
Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Size = Annotated[int, BeforeValidator(_size), Field(ge=1, le=512 * 1024**2)]
"""Bytes; more than 512 MiB no broker takes in one message."""
