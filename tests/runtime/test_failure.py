"""What is told of an exception, whatever it is: nothing raises, and all of it is bounded and
printable.
"""

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from runtime.failure import one_line, text_of, with_traceback, wrong_fields
from schemas.dead_letter import MAX_ERROR, MAX_TRACEBACK
from schemas.printable import printable, printable_block


class Silent(Exception):
    """Raises where it is to say something."""

    def __str__(self) -> str:
        """Fail, and end the process where nobody looks."""
        raise SystemExit(3)

    __repr__ = __str__


class Elusive(Exception):
    """Raises where anything is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        """Fail."""
        raise KeyError(name)


class Sly(str):
    """Text that is another text when it is sliced."""

    __slots__ = ()

    def __getitem__(self, _: Any) -> str:
        """Lie."""
        return "\x1b[2J"


class Typo(SyntaxError):
    """Has fields of the wrong types."""


class Model(BaseModel):
    """Wants numbers."""

    numbers: list[int]


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """Return the error with a traceback and a cause."""
    try:
        raise error from cause  # noqa: TRY301 - to be caught
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        return caught


def deep() -> BaseException:
    """Return an error from a recursion without end."""

    def again(number: int) -> int:
        return again(number + 1)

    try:
        again(1)
    except RecursionError as error:
        return error
    raise AssertionError


def chain(length: int) -> BaseException:
    """Return an error with a long chain of causes."""
    error = raised(ValueError("first"))
    for number in range(length):
        error = raised(ValueError(f"number {number}"), error)
    return error


def ring() -> BaseException:
    """Return an error that is its own cause's cause."""
    one = raised(ValueError("one"))
    two = raised(ValueError("two"))
    one.__cause__ = two
    two.__cause__ = one
    return one


def nested(depth: int, width: int) -> BaseException:
    """Return a group of groups."""
    members = [nested(depth - 1, width)] if depth else [raised(Silent())]
    errors = [ValueError(str(number)) for number in range(width)]
    return raised(BaseExceptionGroup("group \x1b[31m", [*members, *errors]))


def invalid(numbers: Any) -> BaseException:
    """Return pydantic's error about these numbers."""
    try:
        Model.model_validate({"numbers": numbers})
    except ValueError as error:
        return error
    raise AssertionError


def noted(*notes: Any) -> BaseException:
    """Return an error with notes of any kind."""
    error = ValueError("noted")
    error.__notes__ = list(notes)
    return error


ERRORS: dict[str, Callable[[], BaseException]] = {
    "its text raises": lambda: raised(Silent()),
    "its cause's text raises": lambda: raised(ValueError("later"), Silent()),
    "its attributes raise": lambda: raised(Elusive("words")),
    "its notes are of any kind": lambda: noted(Silent(), 3, "x" * 100_000, "two\nlines\x1b"),
    "its notes are no list": lambda: _with(ValueError("noted"), "__notes__", 3),
    "its text is megabytes": lambda: ValueError("x" * 3_000_000),
    "its text is a string of another class": lambda: ValueError(Sly("plain")),
    "control characters": lambda: ValueError("\x1b[31m\r\nforged\u202e\udce9\x9b"),
    "a recursion without end": deep,
    "a thousand causes": lambda: chain(1_000),
    "causes in a ring": ring,
    "groups in groups": lambda: nested(20, 20),
    "a group of a hundred thousand": lambda: ExceptionGroup(
        "many", [ValueError("x" * 100)] * 100_000
    ),
    "a syntax error with odd fields": lambda: Typo("wrong", ("file\x1b", "ten", None, 3, "x", 1)),  # type: ignore[arg-type]
    "megabytes that do not fit a model": lambda: invalid(["secret words"] * 100_000),
    "a value that does not fit a model": lambda: invalid(["secret words" * 100_000]),
    "a name that forges a line": lambda: type("Fake\n\x1b[2J", (Exception,), {})("told"),
}


def _with(error: BaseException, name: str, value: Any) -> BaseException:
    setattr(error, name, value)
    return error


@pytest.mark.parametrize("make", ERRORS.values(), ids=ERRORS)
def test_whatever_the_exception_it_is_told_bounded_and_printable(
    make: Callable[[], BaseException],
) -> None:
    error = make()
    assert type(error).__name__[:4] in one_line(error)
    assert one_line(error) == printable(one_line(error))
    assert len(one_line(error).encode()) <= MAX_ERROR
    assert type(error).__name__[:4] in with_traceback(error)
    assert with_traceback(error) == printable_block(with_traceback(error))
    assert len(with_traceback(error).encode()) <= MAX_TRACEBACK
    assert "secret words" not in one_line(error) + with_traceback(error)


@given(st.text(st.characters()))
def test_any_text_is_told_on_one_line(text: str) -> None:
    told = one_line(ValueError(text))
    assert told == printable(told)
    assert told.encode()


def test_an_exception_without_a_text_of_its_own_is_told_by_type_and_place() -> None:
    error = raised(Silent())
    assert "Silent: <no text: str() raised SystemExit>" == one_line(error)
    assert "in raised" in with_traceback(error)


def test_a_chain_is_told_as_python_tells_it() -> None:
    first = raised(KeyError("first"))
    try:
        try:
            raise first
        except KeyError:
            raise OSError("second")  # noqa: B904 - its context is told, not a cause
    except OSError as second:
        error = raised(ValueError("third"), second)
    assert "".join(traceback.format_exception(error)) == with_traceback(error)


def test_a_hidden_context_is_not_told() -> None:
    error = ValueError("told")
    error.__context__ = KeyError("hidden")
    assert "hidden" in with_traceback(error)
    error.__suppress_context__ = True
    assert "hidden" not in with_traceback(error)


def test_the_members_of_a_group_are_told_with_their_places() -> None:
    told = with_traceback(nested(0, 1))
    assert "Silent: <no text" in told
    assert "ValueError: 0" in told
    assert "  | " in told


def test_which_fields_are_wrong_is_told_without_their_values() -> None:
    error = invalid(["secret words", 1, "more"])
    assert isinstance(error, ValueError)
    assert text_of(error).startswith("numbers.0: Input should be a valid integer")
    assert "numbers.2" in wrong_fields(error)  # type: ignore[arg-type]
