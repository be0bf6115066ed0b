import pytest
from tests.cast import Cast, a_cast
from tests.intake.telling import the_england_pack


@pytest.fixture
def cast(db) -> Cast:
    the_england_pack()
    return a_cast()
