"""A case and a referral that close say until when they are kept; nothing is deleted by it."""

from datetime import date

import pytest
from tests.cases.making import START, a_case, put_pack_in_force, walk_to
from tests.cast import Cast, a_cast
from tests.intake.telling import CONCERN, a_referral, the_england_pack

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.cases import selectors, services
from counterpoint.intake.types import Urgency
from counterpoint.rules.keeping import kept_until
from counterpoint.rules.models import KeptUntil
from counterpoint.rules.types import KeptKind
from counterpoint.triage.selectors import referral_for
from counterpoint.triage.types import Route

pytestmark = pytest.mark.django_db


def closed(world, *, reason: str = "concerns_reduced"):
    case = walk_to(a_case(world), "agree_closure", world)
    return services.close_case(case, reason_id=reason, by=world.supervisor, expected_version=case.version)


def test_a_closed_case_tells_until_when_it_is_kept_and_why(world):
    case = closed(world)
    view = selectors.case_for(world.supervisor, case.pk, purpose="test")
    assert view.kept_until.until == date(START.year + 6, START.month, START.day)
    assert view.kept_until.row == 3  # nobody said how old the person is
    assert view.kept_until.table_hash == put_pack_in_force().files["decisions/retention.dmn"]
    referral = case.referrals.get().referral
    assert kept_until(KeptKind.REFERRAL, referral.pk).until == view.kept_until.until


def test_an_open_case_and_one_opened_again_tell_nothing(world):
    case = a_case(world)
    assert selectors.case_for(world.officer, case.pk, purpose="test").kept_until is None
    case = closed(world)
    services.reopen_case(case, reason="News", by=world.officer, expected_version=case.version)
    assert selectors.case_for(world.officer, case.pk, purpose="test").kept_until is None
    assert KeptUntil.objects.filter(kind=KeptKind.CASE).count() == 1


def test_a_referral_that_closes_at_triage(db):
    the_england_pack()
    cast: Cast = a_cast()
    referral = a_referral(CONCERN)
    assert referral_for(cast[Role.SUPERVISOR], referral.pk, purpose="test").kept_until is None
    journey.decide(
        referral.pk, route=Route.CLOSE, urgency=Urgency.ROUTINE, reason="Nothing in it.", closure_reason="misguided",
        by=cast[Role.TRIAGE_OFFICER], expected_version=referral.version,
    )  # fmt: skip
    kept = referral_for(cast[Role.SUPERVISOR], referral.pk, purpose="test").kept_until
    referral.refresh_from_db()
    assert kept.row == 2
    assert kept.until.year == referral.closed_at.year + 2
