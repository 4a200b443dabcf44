"""Who may come in, and as what."""

import pytest

from workers.console.users import Role, by_proxy, users_of

HASH = "scrypt.15.8.1.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43


def test_each_line_is_a_user_with_a_hash_or_without() -> None:
    users = users_of([f"jane:{HASH}:operator", "carl:-:viewer"])
    assert (Role.OPERATOR, Role.VIEWER) == (users["jane"].role, users["carl"].role)
    assert users["jane"].password is not None
    assert users["carl"].password is None


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["jane"], "jane: the role behind the last colon is viewer or operator"),
        ([f"jane:{HASH}:admin"], "jane: the role behind the last colon"),
        (["jane:secret:viewer"], "jane: no hash as `hookline-workers console hash` makes it"),
        ([f"ja ne:{HASH}:viewer"], "number 1 has no name of letters"),
        ([f"jane:{HASH}:viewer", f"jane:{HASH}:operator"], "jane stands there twice"),
        ([f"*:{HASH}:viewer"], "* is whoever the proxy lets in"),
    ],
)
def test_a_line_that_is_none_is_told_without_its_hash(lines: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        users_of(lines)
    assert str(caught.value).startswith(told)
    assert "AAAA" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_whom_a_proxy_names_is_who_the_lines_say_else_a_viewer_or_what_the_star_says() -> None:
    users = users_of(["jane:-:operator"])
    found = [by_proxy(users, name) for name in ("jane", "carl", "", "a b", "*")]
    roles = [user and user.role for user in found]
    assert [Role.OPERATOR, Role.VIEWER, None, None, None] == roles

    anybody = by_proxy(users_of(["*:-:operator"]), "carl")
    assert anybody is not None
    assert Role.OPERATOR is anybody.role


def test_a_viewer_may_look_and_an_operator_may_both() -> None:
    assert [True, False] == [Role.VIEWER.may(needed) for needed in (Role.VIEWER, Role.OPERATOR)]
    assert [True, True] == [Role.OPERATOR.may(needed) for needed in (Role.VIEWER, Role.OPERATOR)]
