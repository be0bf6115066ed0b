"""Reading a record without any relation to it: with a reason, for an hour, and the supervisors are told."""

from uuid import UUID

from django.db import transaction

from counterpoint.access import policies
from counterpoint.access.models import BreakGlass, Staff
from counterpoint.access.permissions import check_holds, check_works_on
from counterpoint.access.relations import Found, find_subject, is_recused
from counterpoint.access.services.notices import supervisors_for, tell_staff
from counterpoint.access.types import NoticeKind, Role, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotFound

BREAKERS = (Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR)


def break_glass(wanted: UUID | str, *, kind: SubjectKind, reason: str, by: Staff) -> BreakGlass:
    """Open the record to `by` for an hour, reading only, and tell the supervisors of its lead agency except those
    recused. Asked again with the same reason within the hour (a double click), it changes nothing.
    wanted: its id or reference. Raises NotAllowed for other agencies and roles, NotPossible for a reason too
    short, NotFound for no such record, one of another agency, or a conflict of interest."""
    check_holds(by, *BREAKERS)
    if not by.agency.is_lead:
        raise NotAllowed("Only staff of the agency that leads a record can break the glass.")
    policies.check_reason(reason)
    found = find_subject(wanted, kind=kind)
    if found is None or not _may_know_of(found, by=by):
        raise NotFound(f"There is no such {kind.label.lower()}, or it is not yours to see.")
    broken = BreakGlass.objects.filter(
        staff=by, subject_kind=kind, subject_id=found.id, reason=reason.strip(), until__gt=clock.now()
    ).first()
    if broken is not None:
        return broken
    with transaction.atomic():
        row = BreakGlass.objects.create(
            staff=by,
            subject_kind=kind,
            subject_id=found.id,
            reason=reason.strip(),
            until=clock.now() + policies.GLASS_STAYS_BROKEN,
        )
        _tell_supervisors(found, by=by)
        audit.record(f"{kind.value}.glass_broken", by=by.actor, about=_subject(found), purpose=reason.strip())
    return row


def review_break_glass(row_id: UUID, *, found_proper: bool, note: str, by: Staff) -> BreakGlass:
    """A supervisor's answer to a break-glass read: proper or not, and why. Raises NotAllowed, NotFound, NotPossible."""
    check_holds(by, Role.SUPERVISOR)
    row = BreakGlass.objects.filter(pk=row_id).select_related("staff").first()
    if row is None or row.staff_id == by.pk:
        raise NotFound("There is no such reading, or it is not yours to review.")
    kind = SubjectKind(row.subject_kind)
    check_works_on(by, kind=kind, subject_id=row.subject_id)
    policies.check_not_reviewed(row)
    policies.check_reason(note)
    with transaction.atomic():
        rows = BreakGlass.objects.filter(pk=row_id, reviewed_at__isnull=True)
        answer = {"reviewed_by": by, "reviewed_at": clock.now(), "found_proper": found_proper}
        if rows.update(review_note=note.strip(), **answer) != 1:
            policies.check_not_reviewed(BreakGlass.objects.get(pk=row_id))
        _tell_reader(row, found_proper=found_proper)
        found = find_subject(row.subject_id, kind=kind)
        audit.record(
            f"{kind.value}.glass_reviewed",
            by=by.actor,
            about=_subject(found) if found else Subject(kind.value, row.subject_id),
            purpose=note.strip(),
            detail={"reader": str(row.staff_id), "found_proper": found_proper},
        )
    row.refresh_from_db()
    return row


def _may_know_of(found: Found, *, by: Staff) -> bool:
    is_ours = found.lead_agency_id in (None, by.agency_id)
    return is_ours and not is_recused(by, kind=found.kind, subject_id=found.id)


def _tell_supervisors(found: Found, *, by: Staff) -> None:
    told = supervisors_for(found.kind, found.id, agency_id=by.agency_id)
    tell_staff(
        (person for person in told if person.pk != by.pk),
        kind=NoticeKind.GLASS_BROKEN,
        text=f"{by.name} broke the glass to read {found.reference}. Please review the reason.",
        link="/desk/supervision/",
    )


def _tell_reader(row: BreakGlass, *, found_proper: bool) -> None:
    verdict = "found it proper" if found_proper else "did not find it proper and will talk to you"
    tell_staff(
        [row.staff], kind=NoticeKind.GLASS_REVIEWED, text=f"A supervisor reviewed your break-glass read and {verdict}."
    )


def _subject(found: Found) -> Subject:
    return Subject(found.kind.value, found.id, found.reference)
