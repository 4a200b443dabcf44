"""From a problem's command to the page that shows the same."""

import pytest

from workers.console.problem_pages import page_of
from workers.operate import problems


@pytest.mark.parametrize(
    ("command", "page"),
    [
        (
            f"{problems.LETTERS} --consumer erp --topic 'orders/*'",
            "/dead-letters?q=consumer:erp+topic:orders/%2A",
        ),
        (f"{problems.LETTERS} --unrouted", "/unrouted"),
        (problems.LETTERS, "/dead-letters"),
        (f"{problems.HELD} --consumer erp", "/waiting?q=consumer:erp"),
        (f"{problems.SEQUENCES} --consumer erp", "/dead-letters?q=consumer:erp"),
        (problems.PAUSED, "/log?q=paused"),
        (problems.WATCH, ""),
        ("hookline-ingress check", ""),
    ],
)
def test_a_command_leads_to_the_page_that_shows_the_same(command: str, page: str) -> None:
    assert page == page_of(command)
