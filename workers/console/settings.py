"""The settings of the console, besides those of every command of the workers."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator
from pydantic_settings import NoDecode

from runtime.setting_types import LOWER, Port, Text, listed, text
from workers.console.masking import MASKED
from workers.console.users import User, users_of
from workers.settings import Settings, SettingsError

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_PATH = re.compile(r"[\w-]+(/[\w-]+)*", re.ASCII)
CLOSED = (
    "the console is closed until it is said who may come in: HOOKLINE_CONSOLE_USERS, of which "
    "`hookline-workers console hash NAME` makes an entry, or HOOKLINE_CONSOLE_USER_HEADER, in "
    "which a proxy in front names who has logged in there"
)


def _users(value: Any) -> Mapping[str, User]:
    if isinstance(value, Mapping):
        return value
    return users_of(listed(value))


def _networks(value: Any) -> tuple[Network, ...]:
    if isinstance(value, tuple):
        return value
    networks = [ip_network(one, strict=False) for one in listed(value)]
    return tuple(networks)


def _words(value: Any) -> tuple[str, ...]:
    words = listed(value)
    return tuple(map(str.casefold, words))


def _prefix(value: Any) -> str:
    written = text(value).strip("/")
    if not written:
        return ""
    if not _PATH.fullmatch(written):
        raise ValueError("a path of letters, digits, - and _ is wanted")
    return f"/{written}"


Users = Annotated[Mapping[str, User], NoDecode, PlainValidator(_users)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Prefix = Annotated[str, BeforeValidator(_prefix)]


class ConsoleSettings(Settings):
    """What the console needs to know."""

    admin_port: Port = 9084
    console_host: Text = "127.0.0.1"
    console_port: Port = 9082
    console_prefix: Prefix = ""
    console_users: Users = Field(default_factory=dict, repr=False)
    console_user_header: Text = ""
    console_proxies: Networks = LOOPBACK
    console_bodies: Annotated[Literal["hidden", "masked", "whole"], LOWER] = "hidden"
    console_masked: Words = MASKED
    console_folder: Text = "."

    def check_open(self) -> None:
        """Raise SettingsError where nobody may come in."""
        if not self.console_users and not self.console_user_header:
            raise SettingsError(CLOSED)
