"""The app as the ingress knows it: whose webhooks it takes, and which."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from ingress.platforms import PLATFORMS, Platform
from ingress.signature import Encoding
from runtime.setting_types import LOWER, kind, listed, text
from schemas.given_names import check_name
from schemas.topic import BadTopic, Topic

ANY_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
EXAMPLES = {
    "secrets": (
        '{current = "s3cr3t", previous = "0ld"}, or a list, or a text as in HOOKLINE_SECRETS'
    ),
    "platform": " or ".join(f'"{name}"' for name in PLATFORMS),
    "signature": '"base64" or "hex"',
    "address": '"https://hooks.example.com/webhooks/spiffy"',
    "shops": '"[a-z0-9-]+[.]spiffystores[.]com"',
    "topics": '["orders/create", "carts/update"]',
}
"""What an app's settings look like in a TOML table."""
SETTINGS = tuple(EXAMPLES)
"""What an app is told besides its name, in the environment or in a table of the apps file."""
_NO_NAMES = {*SETTINGS, "platforms", "signatures", "shop", "topic"}
"""What no secret is called: in TOML, a line below [apps.NAME.secrets] is that table's, though meant
for the app.
"""
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_OTHER_FORMAT = re.compile(r"\s*(?:\[|\{(?!\{))")
_NAMED = re.compile(rf"({_NAME.pattern}):(.*)", re.DOTALL)


def _secrets(value: Any) -> dict[str, bytes]:
    secrets: dict[str, bytes] = {}
    for name, secret in _pairs(value):
        stripped = secret.strip()
        _check(name, stripped)
        raw = stripped.encode(errors="surrogateescape")
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
    if name in _NO_NAMES:
        raise ValueError(
            f"{name!r} is a setting's name and no secret's; it belongs above the table of secrets"
        )
    if name.endswith("_file"):
        raise ValueError(
            f"{name!r} would make a path the secret; "
            "put name:value into the file and name it secrets_file"
        )
    if _PLACEHOLDER.fullmatch(secret):
        raise ValueError(f"the secret {name!r} is a placeholder that nothing was put in place of")


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the secrets with their names; no message shows what may be a misplaced secret."""
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


def _of_entries(value: Any, *, has_lines: bool) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(listed(value), 1):
        match = _NAMED.fullmatch(entry)
        if match:
            yield match[1], match[2]
        elif has_lines:
            raise ValueError(f"of several lines each is name:value, and entry {number} is not")
        else:
            yield f"secret-{number}", entry


def _of_table(secrets: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(secrets, 1):
        if not _NAME.fullmatch(name):
            raise ValueError(f"the name of secret {number} is not of a-z 0-9 _ -, a letter first")

        secret = secrets[name]
        if not isinstance(secret, str):
            given = kind(secret)
            told = f"the secret {name!r} is to be a text, not {given}"
            raise ValueError(told)  # noqa: TRY004 - pydantic turns it into its own error
        yield name, secret


def _platform(value: Any) -> Platform:
    name = text(value).lower()
    if name not in PLATFORMS:
        known = ", ".join(PLATFORMS)
        raise ValueError(f"no platform that is known; there are {known}")
    return PLATFORMS[name]


def _address(value: Any) -> str:
    address = text(value)
    if address and not address.startswith(("http://", "https://")):
        raise ValueError("an address begins with https://")
    return address


def _pattern(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return value

    try:
        return re.compile(text(value))
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _topics(value: Any) -> frozenset[str] | None:
    if value is None:
        return None

    topics = frozenset(_topic(topic) for topic in listed(value))
    if not topics:
        raise ValueError("no topic in it; leave it out to take any")
    return topics


def _topic(written: str) -> str:
    try:
        return Topic.parse(written)
    except BadTopic as error:
        shown = written[:60]
        raise ValueError(f"{error}, not {shown!r}") from None


class App(BaseModel):
    """One registered application.

    `secrets` are by name, several while one is being replaced: a table, or a text or list of
    `name:value` or `value`. `platform` is given by its name in PLATFORMS. `encoding`, whose setting
    is called signature, is that of the digest. `shops` is a regular expression that the whole shop
    header must match, `topics` the only ones taken; None takes any. `address` is where the platform
    posts to, as it is to be registered there.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    name: Annotated[str, AfterValidator(lambda name: check_name("app", name))]
    secrets: Annotated[Mapping[str, bytes], BeforeValidator(_secrets)] = Field(
        (), validate_default=True, repr=False
    )
    platform: Annotated[Platform, PlainValidator(_platform)] = PLATFORMS["spiffy"]
    encoding: Annotated[Encoding, LOWER] = Field(Encoding.BASE64, validation_alias="signature")
    shops: Annotated[re.Pattern[str], BeforeValidator(_pattern)] = ANY_HOST
    address: Annotated[str, BeforeValidator(_address)] = ""
    topics: Annotated[frozenset[str] | None, BeforeValidator(_topics)] = None
