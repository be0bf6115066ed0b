"""Who is away, and who stands in. Standing in gives somebody the other's tasks to do, where they may know of the record
themselves; it opens nothing that was closed to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Absence, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none

LONGEST_ABSENCE = timedelta(days=366)


@dataclass(frozen=True)
class AbsenceView:
    id: UUID
    staff: str
    cover: str
    from_on: date
    until: date
    is_now: bool
    may_end: bool


def covered_by(by: Staff) -> frozenset[UUID]:
    """The ids of those for whom `by` stands in today."""
    today = clock.now().date()
    rows = Absence.objects.filter(cover=by, from_on__lte=today, until__gte=today, ended_at__isnull=True)
    return frozenset(rows.values_list("staff_id", flat=True))


def stands_in_for(by: Staff, staff_id: UUID) -> bool:
    """Whether `by` stands in for this person today."""
    return staff_id in covered_by(by)


def cover_of(staff_id: UUID) -> Staff | None:
    """Who stands in for somebody today; None when they are here."""
    today = clock.now().date()
    rows = Absence.objects.filter(staff_id=staff_id, from_on__lte=today, until__gte=today, ended_at__isnull=True)
    found = one_or_none(rows.select_related("cover"))
    return found.cover if found else None


def absences(viewer: Staff) -> Sequence[AbsenceView]:
    """The absences of the viewer's agency that are not over, the next first: everybody's, since colleagues must know
    whom to ask."""
    rows = Absence.objects.filter(staff__agency_id=viewer.agency_id, until__gte=clock.now().date(), ended_at=None)
    return [
        AbsenceView(
            id=row.pk,
            staff=row.staff.name,
            cover=row.cover.name,
            from_on=row.from_on,
            until=row.until,
            is_now=row.from_on <= clock.now().date(),
            may_end=_may_set(viewer, row.staff),
        )
        for row in rows.select_related("staff", "cover").order_by("from_on", "id")
    ]


@transaction.atomic
def set_absence(staff: Staff, *, cover: Staff, from_on: date, until: date, by: Staff) -> Absence:
    """Record that somebody will be away, both days included, and who stands in. One's own, or a colleague's by a
    supervisor. The same once more (a double click) is the first one. Raises NotFound, NotPossible."""
    if not _may_set(by, staff):
        raise NotFound("There is no such person, or you may not say that they are away.")
    _check_fits(staff, cover, from_on, until)
    what = {"staff": staff, "cover": cover, "from_on": from_on, "until": until, "ended_at": None}
    known = one_or_none(Absence.objects.filter(**what))
    if known is not None:
        return known
    row = Absence.objects.create(**what, set_by=by)
    days = f"from {from_on:%-d %B} to {until:%-d %B %Y}"
    tell_staff([cover], kind=NoticeKind.OTHER, text=f"You stand in for {staff.name} {days}.", link="/desk/tasks/")
    facts = {"cover": str(cover.pk), "from": from_on.isoformat(), "until": until.isoformat()}
    audit.record("staff.absent", by=by.actor, about=Subject("staff", staff.pk, ""), detail=facts)
    return row


@transaction.atomic
def end_absence(absence_id: UUID, *, by: Staff) -> None:
    """End an absence now; one that has ended stays as it is. Raises NotFound."""
    row = one_or_none(Absence.objects.select_for_update().filter(pk=absence_id))
    if row is None or not _may_set(by, Staff.objects.get(pk=row.staff_id)):
        raise NotFound("There is no such absence, or it is not yours to end.")
    if row.ended_at is not None:
        return
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    audit.record("staff.back", by=by.actor, about=Subject("staff", row.staff_id, ""))


def _may_set(by: Staff, staff: Staff) -> bool:
    same = by.agency_id == staff.agency_id and by.is_active
    return same and (by.pk == staff.pk or Role.SUPERVISOR in by.role_names)


def _check_fits(staff: Staff, cover: Staff, from_on: date, until: date) -> None:
    problems = []
    if cover.pk == staff.pk:
        problems.append("Choose somebody else to stand in.")
    if cover.agency_id != staff.agency_id or not cover.is_active:
        problems.append("Who stands in must be an active member of the same agency.")
    if until < from_on:
        problems.append("The last day is before the first.")
    if until < clock.now().date():
        problems.append("These days are over.")
    if until - from_on > LONGEST_ABSENCE:
        problems.append("An absence lasts a year at most. Hand the cases over instead.")
    if problems:
        raise NotPossible(" ".join(problems))


def active_colleagues(viewer: Staff) -> Sequence[tuple[UUID, str]]:
    """(id, name) of everybody active in the viewer's agency, by name."""
    check_holds(viewer, *Role)
    rows = Staff.objects.filter(agency_id=viewer.agency_id, is_active=True).order_by("name")
    return list(rows.values_list("id", "name"))
