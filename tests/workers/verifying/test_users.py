"""Users: those of the roles are compared, where there are any."""

import dataclasses

import pytest

from schemas.roles import Permissions, Role, permissions, tags, user_name
from workers.verifying.users import User, differing, stand_for_roles

IMPORTED = {
    user_name("one", role): User(frozenset(tags(role)), permissions("one", role)) for role in Role
}


def test_the_users_of_an_import_are_as_they_should_be() -> None:
    assert [] == differing("one", "/", IMPORTED | {"guest": User(frozenset(), None)})


def test_roles_without_users_of_their_own_are_nobodys_fault() -> None:
    assert stand_for_roles("one", IMPORTED)
    assert not stand_for_roles("two", IMPORTED)
    assert not stand_for_roles("one", ["guest"])


@pytest.mark.parametrize("name", IMPORTED)
def test_a_role_that_lacks_its_user_is_told(name: str) -> None:
    left = {other: user for other, user in IMPORTED.items() if other != name}
    (line,) = differing("one", "/", left)
    assert f"user {name} is missing; `hookline-workers topology export --users` has it" == line


def test_other_permissions_are_told_with_the_command_that_sets_them_right() -> None:
    wide = dataclasses.replace(IMPORTED["one-ingress"], permissions=Permissions(".*", ".*", ".*"))
    (line,) = differing("one", "shop", IMPORTED | {"one-ingress": wide})
    assert (
        "user one-ingress may '.*' '.*' '.*' in virtual host shop; "
        "rabbitmqctl set_permissions -p shop one-ingress "
        r"'^$' '^one\.(webhooks|in|pulse)$' '^one\.pulse$'"
    ) == line


def test_a_user_without_permissions_here_may_nothing() -> None:
    none = dataclasses.replace(IMPORTED["one-worker"], permissions=None)
    (line,) = differing("one", "/", IMPORTED | {"one-worker": none})
    assert line.startswith("user one-worker may nothing in virtual host /; rabbitmqctl ")


@pytest.mark.parametrize(
    ("name", "has", "told"),
    [
        (
            "one-ingress",
            {"administrator"},
            "administrator, not none; rabbitmqctl set_user_tags one-ingress",
        ),
        (
            "one-monitoring",
            set[str](),
            "none, not monitoring; rabbitmqctl set_user_tags one-monitoring monitoring",
        ),
    ],
)
def test_other_tags_are_told_with_the_command_that_sets_them_right(
    name: str, has: set[str], told: str
) -> None:
    user = dataclasses.replace(IMPORTED[name], tags=frozenset(has))
    assert [f"user {name} has the tags {told}"] == differing("one", "/", IMPORTED | {name: user})
