"""Stepping aside for a conflict of interest. A recusal beats every role and every relation."""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction

from counterpoint.access import policies
from counterpoint.access.models import Recusal, Staff
from counterpoint.access.permissions import check_holds, check_reads, check_works_on
from counterpoint.access.relations import find_subject
from counterpoint.access.services.notices import forget_notices, supervisors_for, tell_staff
from counterpoint.access.types import NoticeKind, Role, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none


def record_recusal(
    staff: Staff,
    *,
    kind: SubjectKind,
    subject_id: UUID,
    reason: str,
    by: Staff,
    for_others: Collection[Role] = (Role.SUPERVISOR,),
) -> Recusal:
    """From now on `staff` sees nothing of this record. By the person, or by somebody who works on it in one of the
    roles `for_others`. Raises NotFound, NotAllowed, NotPossible."""
    if by.pk == staff.pk:
        check_reads(by, kind=kind, subject_id=subject_id)
    else:
        check_holds(by, *for_others)
        check_works_on(by, kind=kind, subject_id=subject_id)
    if not reason.strip():
        raise NotPossible("Say in a few words what the conflict of interest is.")
    try:
        with transaction.atomic():
            return _recuse(staff, kind=kind, subject_id=subject_id, reason=reason.strip(), by=by)
    except IntegrityError:
        raise NotPossible("This conflict of interest is recorded already.") from None


def lift_recusal(recusal_id: UUID, *, reason: str, by: Staff) -> Recusal:
    """The conflict is over. By a supervisor who works on the record, never by the person. Raises NotFound,
    NotAllowed, NotPossible."""
    check_holds(by, Role.SUPERVISOR)
    recusal = one_or_none(Recusal.objects.filter(pk=recusal_id))
    if recusal is None or recusal.staff_id == by.pk:
        raise NotFound("There is no such conflict of interest, or it is not yours to lift.")
    kind = SubjectKind(recusal.subject_kind)
    check_works_on(by, kind=kind, subject_id=recusal.subject_id)
    policies.check_not_lifted(recusal)
    policies.check_reason(reason)
    with transaction.atomic():
        recusal.lifted_at = clock.now()
        recusal.save(update_fields=["lifted_at"])
        audit.record(
            f"{kind.value}.recusal_lifted",
            by=by.actor,
            about=_subject(kind, recusal.subject_id),
            purpose=reason.strip(),
            detail={"staff": str(recusal.staff_id)},
        )
    return recusal


def _recuse(staff: Staff, *, kind: SubjectKind, subject_id: UUID, reason: str, by: Staff) -> Recusal:
    subject = _subject(kind, subject_id)
    row = Recusal.objects.create(staff=staff, subject_kind=kind, subject_id=subject_id, reason=reason, recorded_by=by)
    forget_notices(staff, about=subject)
    told = [person for person in supervisors_for(kind, subject_id, agency_id=staff.agency_id) if person.pk != by.pk]
    tell_staff(
        told,
        kind=NoticeKind.RECUSED,
        text=f"{staff.name} stepped aside from {subject.reference}. If it was theirs, give it to somebody else.",
    )
    audit.record(
        f"{kind.value}.recused",
        by=by.actor,
        about=subject,
        purpose=reason,
        detail={"staff": str(staff.id), "by_self": by.pk == staff.pk},
    )
    return row


def _subject(kind: SubjectKind, subject_id: UUID) -> Subject:
    found = find_subject(subject_id, kind=kind)
    return Subject(kind.value, subject_id, found.reference if found else "")
