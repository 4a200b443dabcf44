"""After some failures the next try takes a while, for the address and for the name."""

from workers.console.failed_logins import (
    MOST_KEPT,
    MOST_OF_ADDRESS,
    MOST_OF_NAME,
    WITHIN,
    FailedLogins,
)


def test_an_address_waits_after_so_many_failures_and_no_longer_than_they_count() -> None:
    failed = FailedLogins()
    for number in range(MOST_OF_ADDRESS):
        assert 0.0 == failed.wait("a", f"n{number}", 10.0)
        failed.note("a", f"n{number}", 10.0)
    assert WITHIN - 5 == failed.wait("a", "another", 15.0)
    assert 0.0 == failed.wait("b", "another", 15.0)
    assert 0.0 == failed.wait("a", "another", 10.0 + WITHIN)


def test_a_name_waits_too_whatever_the_address() -> None:
    failed = FailedLogins()
    for number in range(MOST_OF_NAME):
        failed.note(f"a{number}", "jane", 10.0)
    assert WITHIN == failed.wait("new", "jane", 10.0)


def test_who_has_logged_in_may_fail_again_as_often() -> None:
    failed = FailedLogins()
    for _ in range(MOST_OF_ADDRESS):
        failed.note("a", "jane", 10.0)
    failed.forget("a", "jane")
    assert 0.0 == failed.wait("a", "carl", 10.0)


def test_a_login_that_is_right_counts_as_no_failure_of_its_name() -> None:
    failed = FailedLogins()
    for _ in range(2 * MOST_OF_NAME):
        failed.note("a", "jane", 10.0)
        failed.forget("a", "jane")
    assert 0.0 == failed.wait("a", "jane", 10.0)


def test_what_is_remembered_is_bounded() -> None:
    failed = FailedLogins()
    for number in range(MOST_KEPT):
        failed.note(f"a{number}", "n", 10.0)
    assert MOST_KEPT >= len(failed._failed)
