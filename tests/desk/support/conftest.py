import pytest
from tests.cases.making import START, World, a_world

from counterpoint.base import clock


@pytest.fixture
def world(db) -> World:
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    with clock.moved_to(START):
        yield
