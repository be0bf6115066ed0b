"""Joining a later referral, and the category that the concern is assessed to have."""

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_works_on
from counterpoint.access.types import SubjectKind
from counterpoint.base import clock
from counterpoint.base.rows import one_or_none
from counterpoint.cases import policies
from counterpoint.cases.models import Case, CaseReferral
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.services.change import check_version, locked, tell
from counterpoint.cases.services.mailboxes import show_status_of
from counterpoint.cases.types import EventKind
from counterpoint.intake.models import Referral
from counterpoint.intake.types import PublicStatus


@transaction.atomic
def join_referral(case: Case, *, referral: Referral, by: Staff) -> CaseReferral:
    """Work a further referral in this case: a person finds that it belongs here, nothing joins by itself. The two
    referrals stay apart, each with its own reporter and mailbox. `by` must be able to work on both.

    Raises NotFound, NotAllowed, NotPossible; Missing with what stands against it."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    check_works_on(by, kind=SubjectKind.REFERRAL, subject_id=referral.pk)
    policies.check_open(case)
    link = one_or_none(CaseReferral.objects.filter(referral=referral))
    policies.check_can_join(case, referral, worked_by=link.case_id if link else None)
    row = CaseReferral.objects.create(case=case, referral=referral, joined_by=by, joined_at=at)
    tell(case, EventKind.REFERRAL_JOINED, by=by, at=at, facts={"reference": referral.reference})
    show_status_of([referral], PublicStatus.BEING_WORKED_ON, by=by)
    return row


@transaction.atomic
def assess_category(case: Case, *, category: str, scheme: str, by: Staff, expected_version: int) -> Case:
    """The category that the concern is found to have after assessment; the one it came in with stays with the
    referral.

    Raises NotFound, NotAllowed, NotPossible; Missing for a category that the scheme lacks; Conflict."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    check_version(case, expected_version=expected_version, theirs={"category": case.assessed_category})
    policies.check_category(category, scheme)
    case.save_changes(expected_version=expected_version, assessed_category=category, category_scheme=scheme)
    tell(case, EventKind.CATEGORY_ASSESSED, by=by, at=at, facts={"category": category, "scheme": scheme})
    return case
