"""What tests of desk pages share: the England pack in force and the whole cast."""

import pytest
from tests.cast import Cast, a_cast
from tests.intake.telling import the_england_pack


@pytest.fixture
def people(db) -> Cast:
    the_england_pack()
    return a_cast()
