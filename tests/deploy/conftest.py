"""What tests of containers share."""

import pytest

from tests.deploy.built import with_image

containers = pytest.fixture(scope="session")(with_image)
