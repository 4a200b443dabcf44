"""Secrets as they are written: a table, or a text or list of `name:value` or `value`, each with
`until=` behind it where it ends. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingress.app_settings import SETTINGS
from ingress.secret import Secret, moment, seems_to_end, split
from runtime.setting_types import kind, listed

NO_NAMES = {*SETTINGS, "platforms", "signatures", "shop", "topic"}
"""What no secret is called: in TOML, a line below [apps.NAME.secrets] is that table's, though meant
for the app.
"""
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_OTHER_FORMAT = re.compile(r"\s*(?:\[|\{(?!\{))")
_NAMED = re.compile(rf"({_NAME.pattern}):(.*)", re.DOTALL)


def secrets_of(value: Any) -> dict[str, Secret]:
    """Return the secrets by name; raises ValueError, which shows none."""
    secrets: dict[str, Secret] = {}
    for name, secret, until in _pairs(value):
        _check(name, secret)
        raw = Secret(secret.encode(errors="surrogateescape"), _moment(name, until))
        if name in secrets:
            raise ValueError(f"two secrets are called {name!r}")

        # Webhooks are counted by the secret that signed them: which of two, nobody could tell.
        if raw in secrets.values():
            raise ValueError(f"the secret {name!r} is the same as another one")
        secrets[name] = raw

    if not secrets:
        raise ValueError("no secret: without one nothing can be verified")
    return secrets


def _check(name: str, secret: str) -> None:
    """Refuse what is no secret, but what others could guess."""
    if not secret:
        raise ValueError(f"the secret {name!r} is empty")
    if name in NO_NAMES:
        raise ValueError(
            f"{name!r} is a setting's name and no secret's; it belongs above the table of secrets"
        )
    if name.endswith("_file"):
        raise ValueError(
            f"{name!r} would make a path the secret; "
            "put name:value into the file and name it secrets_file"
        )
    if seems_to_end(secret):
        raise ValueError(
            f"the secret {name!r} has until= within; it is name:value until=2027-01-31 and nothing "
            'behind, or in a table of TOML {value = "…", until = 2027-01-31}'
        )
    if _PLACEHOLDER.fullmatch(secret):
        raise ValueError(f"the secret {name!r} is a placeholder that nothing was put in place of")


def _moment(name: str, until: Any) -> float:
    try:
        return moment(until)
    except ValueError as error:
        raise ValueError(f"the secret {name!r}: {error}") from None


def _pairs(value: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield each secret's name, value, and until when it counts; no message shows what may be a
    misplaced secret.
    """
    match value:
        case Mapping():
            yield from _of_table(value)
        case list() | tuple():
            yield from _of_entries(value, has_lines=False)
        case str() if _OTHER_FORMAT.match(value):
            raise ValueError("name:value, comma-separated, is wanted here, not JSON or TOML")
        case str():
            yield from _of_entries(value, has_lines="\n" in value.strip())
        case _:
            wanted = "a table of names and texts, a list or a text"
            given = kind(value)
            raise ValueError(f"{wanted} is wanted, not {given}")


def _of_entries(value: Any, *, has_lines: bool) -> Iterator[tuple[str, str, str]]:
    for number, entry in enumerate(listed(value), 1):
        match = _NAMED.fullmatch(entry)
        if match:
            yield match[1], *split(match[2])
        elif has_lines:
            raise ValueError(f"of several lines each is name:value, and entry {number} is not")
        else:
            yield f"secret-{number}", *split(entry)


def _of_table(secrets: Mapping[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    for number, name in enumerate(secrets, 1):
        if not _NAME.fullmatch(name):
            raise ValueError(f"the name of secret {number} is not of a-z 0-9 _ -, a letter first")

        secret = secrets[name]
        until: Any = ""
        if isinstance(secret, Mapping) and set(secret) == {"value", "until"}:
            until = secret["until"]
            secret = secret["value"]
        if not isinstance(secret, str):
            given = kind(secret)
            told = f"the secret {name!r} is to be a text, not {given}"
            raise ValueError(told)  # noqa: TRY004 - pydantic turns it into its own error
        yield name, secret.strip(), until
