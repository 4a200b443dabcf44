"""Who may use the console, and as what. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from workers.console.passwords import BadHash, PasswordHash

NO_PASSWORD = "-"  # noqa: S105 - the mark for having none
ANYBODY = "*"
"""Stands for whomever the proxy lets in and no other line names."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}")


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    """Look."""
    OPERATOR = "operator"
    """Act, too."""

    def may(self, needed: "Role") -> bool:
        """Tell whether it is enough for what needs that role."""
        return needed is Role.VIEWER or self is Role.OPERATOR


@dataclass(frozen=True, slots=True)
class User:
    """One of those who may use the console; without a hash, only by way of the proxy."""

    name: str
    password: PasswordHash | None
    role: Role


def users_of(lines: Iterable[str]) -> Mapping[str, User]:
    """Return who the lines `name:hash:role` name.

    Raises ValueError, which says what is wrong without showing a hash.
    """
    users: dict[str, User] = {}
    for number, line in enumerate(lines, 1):
        user = _user(line, number)
        if user.name in users:
            raise ValueError(f"{user.name} stands there twice")
        users[user.name] = user
    return users


def _user(line: str, number: int) -> User:
    name, _, rest = line.partition(":")
    written, _, role = rest.rpartition(":")
    if name != ANYBODY and not _NAME.fullmatch(name):
        raise ValueError(f"number {number} has no name of letters, digits and . _ @ + -")
    if role not in list(Role):
        raise ValueError(f"{name}: the role behind the last colon is viewer or operator")

    password = None
    if written != NO_PASSWORD:
        password = _hash(written, name)
    if name == ANYBODY and password is not None:
        raise ValueError(f"{ANYBODY} is whoever the proxy lets in, and has no password: *:-:{role}")
    return User(name, password, Role(role))


def _hash(written: str, name: str) -> PasswordHash:
    try:
        return PasswordHash.read(written)
    except BadHash as error:
        raise ValueError(f"{name}: {error}") from None


def by_proxy(users: Mapping[str, User], name: str) -> User | None:
    """Return who it is that a trusted proxy names; None for nobody who may come in.

    Whom no line names is what `*` says, and a viewer where there is no such line.
    """
    if not _NAME.fullmatch(name):
        return None
    known = users.get(name)
    if known is not None:
        return known

    role = Role.VIEWER
    anybody = users.get(ANYBODY)
    if anybody is not None:
        role = anybody.role
    return User(name, None, role)
