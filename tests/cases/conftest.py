import pytest
from tests.cases.making import START, World, a_world


@pytest.fixture
def world(db) -> World:
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    from counterpoint.base import clock

    with clock.moved_to(START):
        yield
