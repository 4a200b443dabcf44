"""What is asked for by options, alike of letters and of the journal; None is not asked. Pure."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from schemas.printable import printable
from workers.letter_rows import shown_time
from workers.settings import SettingsError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def check_texts(asked: "DataclassInstance", names: Iterable[str]) -> None:
    """Raise SettingsError where one of these is asked for and empty, or cannot be written down."""
    for name in names:
        text = getattr(asked, name)
        if text == "":
            raise SettingsError(f"--{name} is empty: leave it out to ask for all")
        if text is not None and not _is_encodable(text):
            raise SettingsError(f"--{name} {printable(text)}: that is no UTF-8")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_times(since_ms: int | None, until_ms: int | None) -> None:
    """Raise SettingsError where no moment lies between the two."""
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise SettingsError("--since is not before --until: nothing lies between them")


def is_nothing(asked: "DataclassInstance") -> bool:
    """Tell whether nothing is asked, so that all is meant: a limit asks for nothing particular."""
    names = [field.name for field in fields(asked) if field.name != "limit"]
    return all(getattr(asked, name) is None for name in names)


def described(asked: "DataclassInstance") -> dict[str, str]:
    """Return what is asked, by option, for people."""
    told: dict[str, str] = {}
    for field in fields(asked):
        value = getattr(asked, field.name)
        if value is None:
            continue

        option = field.name.removesuffix("_ms")
        is_time = option != field.name
        told[option] = shown_time(value) if is_time else str(value)
    return told
