"""Requests and transfers as tests make them: in the world of tests/cases."""

from tests.cases.making import a_person
from tests.cast import LEGAL_BASES, PURPOSES

from counterpoint.access.models import Agency
from counterpoint.access.types import Role, Section
from counterpoint.partners import services
from counterpoint.partners.types import NewRequest

QUESTION = "Was there anything about a friend called Robin?"


def a_request(case, world, *, agency=None, by=None, **changes):
    terms = {
        "question": QUESTION,
        "sections": (Section.PERSON,),
        "purpose": PURPOSES[0],
        "legal_basis": LEGAL_BASES[0],
    }
    asked = NewRequest(**(terms | changes))
    return services.ask_information(case, asked, agency=agency or world.school, by=by or world.officer)


def southmoor(world):
    """Another lead agency with a supervisor and a case officer."""
    agency = Agency.objects.create(name="Southmoor Council", kind="local_authority", is_lead=True)
    supervisor = a_person("Sol South", agency, Role.SUPERVISOR)
    officer = a_person("Olga South", agency, Role.CASE_OFFICER)
    return agency, supervisor, officer


def an_offer(case, world, agency, **changes):
    terms = {
        "reason": "The family moved to Southmoor.",
        "legal_basis": "Public task",
        "sections": [Section.CONCERN],
        "by": world.officer,
    }
    return services.offer_transfer(case, to=agency, **(terms | changes))
