"""The app as the ingress knows it: whose webhooks it takes, and which."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ingress.platforms import PLATFORMS, Platform
from ingress.signature import Encoding
from schemas.names import check_name
from schemas.topic import Topic

HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
_NAMED = re.compile(r"([a-z][a-z0-9_-]*):(.*)", re.DOTALL)


def listed(value: Any) -> Any:
    """Split a comma-separated text; lists stay as they are."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _secrets(value: Any) -> dict[str, bytes]:
    secrets: dict[str, bytes] = {}
    for number, part in enumerate(listed(value), 1):
        match = _NAMED.fullmatch(part)
        name, secret = (match[1], match[2]) if match else (f"secret-{number}", part)
        if not secret.strip():
            raise ValueError(f"the secret {name!r} is empty")
        if name in secrets:
            raise ValueError(f"two secrets are called {name!r}")
        secrets[name] = secret.encode()
    if not secrets:
        raise ValueError("no secret: without one nothing can be verified")
    return secrets


def _pattern(value: Any) -> Any:
    try:
        return re.compile(value) if isinstance(value, str) else value
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _topics(value: Any) -> Any:
    return value if value is None else frozenset(Topic.parse(topic) for topic in listed(value))


class App(BaseModel):
    """One registered application.

    `secrets` are by name, several while one is being replaced: `name:value` or `value`, comma-separated. `shops` is a
    regular expression that the whole shop header must match, `topics` the only ones taken; None takes any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)

    name: Annotated[str, AfterValidator(lambda name: check_name("app", name))]
    secrets: Annotated[Mapping[str, bytes], BeforeValidator(_secrets), Field(repr=False)]
    platform: Literal["spiffy", "shopify"] = "spiffy"
    signature: Encoding = Encoding.BASE64
    shops: Annotated[re.Pattern[str], BeforeValidator(_pattern)] = HOST
    topics: Annotated[frozenset[str] | None, BeforeValidator(_topics)] = None

    @property
    def dress(self) -> Platform:
        """How its platform dresses webhooks."""
        return PLATFORMS[self.platform]
