"""Users: those that stand for an app's roles, their tags and permissions. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.roles import Permissions, Role, permissions, tags, user_name

EXPORT = "`hookline-workers topology export --users` has it"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the broker: its tags, and what it may do in the virtual host, if anything."""

    tags: frozenset[str]
    permissions: Permissions | None


def stand_for_roles(app: str, found: Iterable[str]) -> bool:
    """Tell whether any of the users is one that an export of this app makes."""
    there = set(found)
    names = [user_name(app, role) for role in Role]
    return any(name in there for name in names)


def differing(app: str, vhost: str, found: Mapping[str, User]) -> list[str]:
    """Say which users of the app's roles are missing, or may do other things than they need."""
    lines = []
    for role in Role:
        name = user_name(app, role)
        user = found.get(name)
        if user is None:
            lines.append(f"user {name} is missing; {EXPORT}")
            continue

        wanted = _wanted(app, role)
        if user.tags != wanted.tags:
            lines.append(_other_tags(name, user, wanted))
        if user.permissions != wanted.permissions:
            lines.append(_other_permissions(name, vhost, user, wanted))
    return lines


def _wanted(app: str, role: Role) -> User:
    its_tags = frozenset(tags(role))
    its_permissions = permissions(app, role)
    return User(its_tags, its_permissions)


def _other_tags(name: str, user: User, wanted: User) -> str:
    has = _listed(user.tags)
    needs = _listed(wanted.tags)
    command = ["rabbitmqctl", "set_user_tags", name, *sorted(wanted.tags)]
    return f"user {name} has the tags {has}, not {needs}; {' '.join(command)}"


def _other_permissions(name: str, vhost: str, user: User, wanted: User) -> str:
    has = _quoted(user.permissions)
    needs = _quoted(wanted.permissions)
    way_out = f"rabbitmqctl set_permissions -p {vhost} {name} {needs}"
    return f"user {name} may {has} in virtual host {vhost}; {way_out}"


def _listed(words: Iterable[str]) -> str:
    in_order = sorted(words)
    if not in_order:
        return "none"

    return ", ".join(in_order)


def _quoted(granted: Permissions | None) -> str:
    """Return configure, write and read as a shell takes them."""
    if granted is None:
        return "nothing"

    quoted = [f"'{pattern}'" for pattern in granted]
    return " ".join(quoted)
