"""A shop whose subscriptions are looked after, and the credential for its API."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from runtime.setting_types import text

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_CREDENTIAL = re.compile(r"[\x21-\x7e]{1,4096}")


def _shop(value: Any) -> str:
    name = text(value).lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):  # noqa: PLR2004 - of DNS
        raise ValueError("a shop's host name is wanted")
    return name


def _credential(value: Any) -> str:
    credential = text(value)
    if not _CREDENTIAL.fullmatch(credential):
        raise ValueError("a token, or key:password, is wanted: printable ASCII without blanks")
    return credential


class Shop(BaseModel):
    """One shop. The credential is a token, or `key:password`; `app` is whose it is, if it says."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    shop: Annotated[str, BeforeValidator(_shop)]
    credential: Annotated[str, BeforeValidator(_credential)] = Field(repr=False)
    app: Annotated[str, BeforeValidator(text)] | None = None
