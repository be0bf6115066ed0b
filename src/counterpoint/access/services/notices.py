"""Telling staff at the desk. A notice names a record by reference, never a person."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from counterpoint.access.models import Notice, Recusal, Staff
from counterpoint.access.types import NoticeKind, Role, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import Fault, NotFound
from counterpoint.base.rows import one_or_none


def tell_staff(people: Iterable[Staff], *, kind: NoticeKind, text: str, link: str = "") -> None:
    """Leave the notice for each person, inside the transaction of what it tells of: the caller's audit entry covers
    it. text: at most 300 characters, references only. link: a path of ours. Raises Fault outside a transaction."""
    if not connection.in_atomic_block:
        raise Fault("a notice was to be left outside the transaction of what it tells of")
    Notice.objects.bulk_create(Notice(staff=person, kind=kind, text=text, link=link) for person in people)


def mark_notice_read(notice_id: UUID, *, by: Staff) -> Notice:
    """Only the person told can. Safe to run twice. Raises NotFound."""
    notice = one_or_none(Notice.objects.filter(pk=notice_id, staff=by))
    if notice is None:
        raise NotFound("There is no such notice.")
    if notice.read_at is None:
        with transaction.atomic():
            notice.read_at = clock.now()
            notice.save(update_fields=["read_at"])
            audit.record("notice.read", by=by.actor, about=Subject("notice", notice.id))
    return notice


def mark_notices_read(*, by: Staff, until: datetime) -> int:
    """All that were left for this person up to that moment: not those that came after the page was shown.
    Returns how many were unread."""
    with transaction.atomic():
        unread = Notice.objects.filter(staff=by, read_at__isnull=True, created_at__lte=until)
        read = unread.update(read_at=clock.now())
        if read:
            audit.record("notices.read", by=by.actor, about=Subject("staff", by.pk), detail={"notices": read})
    return read


def forget_notices(staff: Staff, *, about: Subject) -> None:
    """Take away the notices of this person that name the record: it is not there for them any more. Inside the
    transaction of what ends their knowing."""
    if about.reference:
        Notice.objects.filter(staff=staff, text__contains=about.reference).delete()


def supervisors_for(kind: SubjectKind, subject_id: UUID, *, agency_id: UUID) -> Iterable[Staff]:
    """The supervisors of the agency who may know of this record."""
    recused = Recusal.objects.filter(subject_kind=kind, subject_id=subject_id, lifted_at__isnull=True)
    return (
        Staff.objects.filter(
            agency_id=agency_id, is_active=True, roles__role=Role.SUPERVISOR, roles__ended_at__isnull=True
        )
        .exclude(pk__in=recused.values("staff_id"))
        .distinct()
        .order_by("id")
    )
