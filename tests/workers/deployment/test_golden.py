"""The same consumers give the same bytes, in another release too: a diff shows what has changed."""

import pytest

from tests.workers.deployment.sample import GOLDEN, WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_what_was_written(name: str) -> None:
    assert (GOLDEN / name).read_text() == WRITTEN[name]()


def test_nothing_else_was_written() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(WRITTEN)
