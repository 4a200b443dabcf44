"""What the tests of the ingress share."""

from collections.abc import AsyncIterator

import pytest

from tests.ingress.door import APPS, Door, opened_door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door with several apps."""
    async for opened in opened_door(APPS):
        yield opened
