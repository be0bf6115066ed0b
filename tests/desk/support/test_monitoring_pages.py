"""The page of monitoring: numbers that name nobody."""

import re

import pytest
from tests.cases.making import a_person
from tests.desk.asking import get, text_of
from tests.support.making import SECRET, a_path_case, fresh, running

from counterpoint.access.types import Role

pytestmark = pytest.mark.django_db


def test_monitoring_for_an_agency_with_nothing(world):
    page = text_of(get(world.supervisor, "monitoring"))
    assert "No support began in 2026." in page
    assert "Nobody was signposted in 2026." in page
    for odd in ("?period=1999", "?period=%00", "?period=2026-q9"):
        assert get(world.supervisor, "monitoring", query=odd).status_code == 200


def test_monitoring_names_nobody_and_shows_no_small_number(world):
    case = a_path_case(world)
    for _ in range(3):
        running(case, world, submission=None)
    lead = a_person("Pam Lead", world.lead, Role.PROCESS_LEAD)
    page = text_of(get(lead, "monitoring"))
    main = page[page.index("<main") :]
    for secret in (case.reference, world.officer.name, "Northmoor Rovers", SECRET):
        assert secret not in main
    cells = re.findall(r'cell--numeric">([^<]*)<', main)
    assert cells
    assert {int(cell) % 5 for cell in cells if cell.isdecimal()} == {0}
    assert fresh(case)
