import pytest
from tests.cast import Cast, a_cast, a_person
from tests.intake.telling import the_england_pack

from counterpoint.access.models import Staff
from counterpoint.access.types import Role


@pytest.fixture
def cast(db) -> Cast:
    the_england_pack()
    return a_cast()


@pytest.fixture
def lead(cast) -> Staff:
    return cast[Role.PROCESS_LEAD]


@pytest.fixture
def other_lead(cast) -> Staff:
    return a_person("Olly Lead", cast.council, [Role.PROCESS_LEAD])


@pytest.fixture
def supervisor(cast) -> Staff:
    return cast[Role.SUPERVISOR]
