"""What holds for every test."""

import re

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a name that is another in each process: `make test` runs in two, which must collect
    the same.
    """
    named = [item.nodeid for item in items if re.search(r" at 0x[0-9a-f]+", item.nodeid)]
    if named:
        raise pytest.UsageError(
            f"an address in the name of a test; give its parameters ids: {named[0]}"
        )
