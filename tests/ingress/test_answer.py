"""The bytes of an answer."""

from typing import Any, cast

import pytest

from ingress.answer import Answer
from ingress.request import Request


class Asked:
    """A request, as far as an answer looks at it."""

    def __init__(self, method: str = "POST", *, is_old: bool = False) -> None:
        self.method = method
        self.is_old = is_old


def written(answer: Answer, asked: Asked, *, is_kept: bool = True) -> tuple[list[str], bytes]:
    """Return the lines of an answer's head, and its body."""
    head, body = answer.written(cast("Request", cast("Any", asked)), is_kept=is_kept).split(
        b"\r\n\r\n"
    )
    return head.decode().split("\r\n"), body


def test_an_answer_is_json_with_its_length() -> None:
    head, body = written(Answer(200, {"id": "7"}), Asked())
    assert "HTTP/1.1 200 OK" == head[0]
    assert {"Content-Type: application/json", "Content-Length: 10"} <= set(head)
    assert b'{"id":"7"}' == body


def test_the_answer_to_head_tells_the_length_of_a_body_that_it_leaves_out() -> None:
    head, body = written(Answer(405, {"id": "7"}), Asked("HEAD"))
    assert "Content-Length: 10" in head
    assert b"" == body


@pytest.mark.parametrize(
    ("is_old", "is_kept", "told"),
    [
        (False, True, []),
        (True, True, ["Connection: keep-alive"]),
        (False, False, ["Connection: close"]),
        (True, False, ["Connection: close"]),
    ],
)
def test_an_answer_tells_what_the_client_would_not_expect_of_the_connection(
    is_old: bool, is_kept: bool, told: list[str]
) -> None:
    head, _ = written(Answer(200, {}), Asked(is_old=is_old), is_kept=is_kept)
    assert told == [line for line in head if line.startswith("Connection")]


def test_further_headers_stand_in_the_head() -> None:
    head, _ = written(Answer(503, {}, "Retry-After: 5\r\n"), Asked())
    assert "Retry-After: 5" in head
