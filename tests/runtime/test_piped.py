"""Printing into a pipe whose reader stays, or leaves before the end."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import pytest

from runtime.exit_codes import DONE, FAILED
from runtime.piped import quietly_piped

LONG = "x" * 1_000_000
"""Characters that no pipe holds."""


@contextmanager
def piped() -> Iterator[int]:
    """Have a pipe for standard output; yield the end that is read from, for the test to close."""
    reading, writing = os.pipe()
    out = open(writing, "w", encoding="utf-8")  # noqa: SIM115 - closed below
    try:
        with redirect_stdout(out):
            yield reading
    finally:
        with suppress(BrokenPipeError):
            out.close()


def test_what_a_command_prints_has_been_read_when_it_returns_its_code() -> None:
    def command() -> int:
        sys.stdout.write("an answer\n")
        return DONE

    with piped() as reader:
        assert DONE == quietly_piped(command)
        assert b"an answer\n" == os.read(reader, 100)
        os.close(reader)


def test_where_the_reader_has_gone_the_command_fails_without_a_word(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def command() -> int:
        sys.stdout.write(LONG)
        return DONE

    with piped() as reader:
        os.close(reader)
        assert FAILED == quietly_piped(command)
    assert "" == capfd.readouterr().err


def test_a_reader_that_leaves_before_the_last_flush_is_no_error_either() -> None:
    with piped() as reader:

        def command() -> int:
            sys.stdout.write("held back until the flush")
            os.close(reader)
            return DONE

        assert FAILED == quietly_piped(command)
        sys.stdout.flush()  # as the interpreter does once more


def test_a_pipe_that_breaks_elsewhere_is_an_error_of_the_command() -> None:
    def command() -> int:
        raise BrokenPipeError("the broker's line, say")

    with piped() as reader:
        with pytest.raises(BrokenPipeError, match="the broker's line"):
            quietly_piped(command)
        os.close(reader)


def test_any_other_error_passes_and_what_was_printed_until_then_is_read() -> None:
    def command() -> int:
        sys.stdout.write("the beginning\n")
        raise LookupError("no such queue")

    with piped() as reader:
        with pytest.raises(LookupError, match="no such queue"):
            quietly_piped(command)
        assert b"the beginning\n" == os.read(reader, 100)
        os.close(reader)
