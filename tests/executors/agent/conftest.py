"""What the tests of agents share."""

import pytest

from tests.support.talking import Talk


@pytest.fixture
def talk(nursery):
    return Talk(nursery)
