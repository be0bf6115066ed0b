"""Reading agencies, staff, notices, grants, and who broke which glass."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from counterpoint.access.models import Agency, BreakGlass, Notice, Recusal, SharingGrant, Staff, StaffRole
from counterpoint.access.permissions import can_read, check_holds, check_reads, check_works_on
from counterpoint.access.relations import Relation, find_subject, granted, strongest
from counterpoint.access.types import (
    AgencyView,
    BreakGlassView,
    GrantView,
    NoticeKind,
    NoticeView,
    RecusalView,
    Role,
    RoleHeld,
    Section,
    StaffView,
    SubjectKind,
)
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none

COUNT_CAP = 100
_NOBODYS = UUID(int=0)
_GRANTED = Prepared(
    lambda case_id, agency_id, at: (
        _running_grants(at).filter(case_id=case_id, agency_id=agency_id).values_list("sections", "until")
    )
)


def agencies(viewer: Staff) -> Sequence[AgencyView]:
    """All agencies, by name, with how many active staff each has: for administrators."""
    check_holds(viewer, Role.ADMINISTRATOR)
    rows = Agency.objects.annotate(active=Count("staff", filter=Q(staff__is_active=True))).order_by("name")
    return [AgencyView(row.id, row.name, row.kind, row.is_lead, row.active) for row in rows]


def agency(viewer: Staff, agency_id: UUID) -> Agency:
    """The agency. Names of agencies are no secret among staff. Raises NotFound."""
    found = one_or_none(Agency.objects.filter(pk=agency_id)) if viewer.is_active else None
    if found is None:
        raise NotFound("There is no such agency.")
    return found


def partner_agencies(viewer: Staff) -> Sequence[Agency]:
    """The agencies that a case can be shared with, by name."""
    return list(Agency.objects.filter(is_lead=False).order_by("name")) if viewer.is_active else []


def staff_list(viewer: Staff, *, after: tuple[str, UUID] | None = None, limit: int = 50) -> Sequence[StaffView]:
    """Staff of all agencies by name, for administrators. after: name and id of the last row of the page before."""
    check_holds(viewer, Role.ADMINISTRATOR)
    rows = _staff_rows().order_by("name", "id")
    if after is not None:
        rows = rows.filter(Q(name__gt=after[0]) | Q(name=after[0], id__gt=after[1]))
    return [_staff_view(row) for row in rows[:limit]]


def staff_member(viewer: Staff, staff_id: UUID) -> StaffView:
    """One account, for administrators. Raises NotFound."""
    check_holds(viewer, Role.ADMINISTRATOR)
    row = one_or_none(_staff_rows().filter(pk=staff_id))
    if row is None:
        raise NotFound("There is no such account.")
    return _staff_view(row)


def staff_to_change(viewer: Staff, staff_id: UUID) -> Staff:
    """The account for a service to change. Raises NotFound."""
    check_holds(viewer, Role.ADMINISTRATOR)
    row = one_or_none(Staff.objects.filter(pk=staff_id).select_related("agency"))
    if row is None:
        raise NotFound("There is no such account.")
    return row


def colleagues(viewer: Staff, *, roles: Sequence[Role] = tuple(Role)) -> Sequence[Staff]:
    """Active staff of the viewer's own agency who hold one of the roles, by name: whom work can be given to."""
    held = StaffRole.objects.filter(staff=OuterRef("pk"), role__in=roles, ended_at__isnull=True)
    rows = Staff.objects.filter(Exists(held), agency_id=viewer.agency_id, is_active=True)
    return list(rows.select_related("agency").prefetch_related("roles").order_by("name", "id"))


def names(staff_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The names of these members of staff, with one query: for audit entries and lists."""
    return dict(Staff.objects.filter(pk__in=set(staff_ids)).values_list("id", "name"))


def staff_id_of(viewer: Staff, email: str) -> UUID | None:
    """The account with this address, ended ones too: for auditors who follow what somebody did."""
    check_holds(viewer, Role.AUDITOR, Role.ADMINISTRATOR)
    return one_or_none(Staff.objects.filter(email__iexact=email.strip()).values_list("id", flat=True))


def notices_of(viewer: Staff, *, limit: int = 50) -> Sequence[NoticeView]:
    """The newest notices: the unread first."""
    rows = Notice.objects.filter(staff=viewer).order_by(F("read_at").desc(nulls_first=True), "-created_at", "-id")[
        :limit
    ]
    return [
        NoticeView(row.id, NoticeKind(row.kind), row.text, row.link, row.created_at, row.read_at is not None)
        for row in rows
    ]


def unread_notices(viewer: Staff) -> int:
    """How many wait, counted up to COUNT_CAP."""
    return Notice.objects.filter(staff=viewer, read_at__isnull=True)[:COUNT_CAP].count()


def grants_of_case(viewer: Staff, case_id: UUID) -> Sequence[GrantView]:
    """Every sharing of the case, newest first: who knows. For whoever may read the case."""
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id)
    rows = SharingGrant.objects.filter(case_id=case_id).select_related(
        "agency", "granted_by", "agreement", "reviewed_by"
    )
    return [grant_view(row) for row in rows.order_by("-created_at", "-id")]


def grants_to(viewer: Staff) -> Sequence[GrantView]:
    """What the viewer's agency was granted and still may see, nearest end first."""
    rows = _running_grants(clock.now()).filter(agency_id=viewer.agency_id)
    rows = rows.select_related("agency", "granted_by", "agreement", "reviewed_by")
    return [grant_view(row) for row in rows.order_by("until", "id")]


def granted_relation(viewer: Staff, case_id: UUID) -> Relation:
    """The relation that running grants of this case give to the viewer's agency: for the cases folder's finder."""
    if Role.PARTNER not in viewer.role_names:
        return strongest(())
    rows = _GRANTED.all(case_id, viewer.agency_id, clock.now())
    return strongest(granted((Section(name) for name in sections), until=until) for sections, until in rows)


def break_glass_reads(viewer: Staff, *, reviewed: bool, limit: int = 50) -> Sequence[BreakGlassView]:
    """Break-glass reads of the supervisor's own agency, newest first, without those of records that they are recused
    from, and without their own."""
    check_holds(viewer, Role.SUPERVISOR)
    recused = Recusal.objects.filter(
        staff=viewer, lifted_at__isnull=True, subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id")
    )
    rows = (
        BreakGlass.objects.filter(~Exists(recused), staff__agency_id=viewer.agency_id)
        .filter(reviewed_at__isnull=not reviewed)
        .exclude(staff=viewer)
        .select_related("staff__agency", "reviewed_by")
    )
    return [_glass_view(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def record_named(viewer: Staff, reference: str) -> tuple[SubjectKind, UUID]:
    """The record of this reference that `viewer` may know of; a case before the referral that it works.
    Raises NotFound, the same for no such record."""
    for kind in (SubjectKind.CASE, SubjectKind.REFERRAL, SubjectKind.ADVICE):
        found = find_subject(reference, kind=kind)
        # asked of a record that nobody has as well, so that no answer takes longer than another
        subject_id = found.id if found is not None else _NOBODYS
        if can_read(viewer, kind=kind, subject_id=subject_id):
            return kind, subject_id
    raise NotFound("There is no such record, or it is not yours to see.")


def recusals_from(viewer: Staff, *, kind: SubjectKind, subject_id: UUID) -> Sequence[RecusalView]:
    """Who stepped aside from the record, newest first: for supervisors who work on it."""
    check_holds(viewer, Role.SUPERVISOR)
    check_works_on(viewer, kind=kind, subject_id=subject_id)
    rows = Recusal.objects.filter(subject_kind=kind, subject_id=subject_id).select_related("staff", "recorded_by")
    return [
        RecusalView(row.id, row.staff.name, row.reason, row.recorded_by.name, row.created_at, row.lifted_at)
        for row in rows.order_by("-created_at", "-id")
    ]


def _running_grants(at: datetime) -> QuerySet[SharingGrant]:
    return SharingGrant.objects.filter(revoked_at__isnull=True, until__gt=at)


def _staff_rows() -> QuerySet[Staff]:
    held = StaffRole.objects.filter(ended_at__isnull=True).order_by("role")
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return (
        Staff.objects.select_related("agency")
        .prefetch_related(Prefetch("roles", queryset=held))
        .annotate(has_second_factor=Exists(factor))
    )


def _staff_view(row: Staff) -> StaffView:
    return StaffView(
        id=row.id,
        name=row.name,
        email=row.email,
        agency_id=row.agency_id,
        agency=row.agency.name,
        roles=tuple(RoleHeld(Role(held.role), held.created_at) for held in row.roles.all()),
        is_active=row.is_active,
        has_second_factor=bool(getattr(row, "has_second_factor", False)),
        has_password=row.has_usable_password(),
        last_login=row.last_login,
    )


def grant_view(row: SharingGrant) -> GrantView:
    """A grant as pages show it. Its agency, agreement, giver and reviewer should be loaded with it."""
    return GrantView(
        id=row.id,
        case_id=row.case_id,
        agency=row.agency.name,
        sections=tuple(Section(name) for name in row.sections),
        purpose=row.purpose,
        legal_basis=row.legal_basis,
        granted_by=row.granted_by.name,
        granted_at=row.created_at,
        until=row.until,
        is_active=row.revoked_at is None and row.until > clock.now(),
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
        agreement=row.agreement.reference if row.agreement else "",
        urgent_because=row.urgent_because,
        reviewed_by=row.reviewed_by.name if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
        found_proper=row.found_proper,
        review_note=row.review_note,
    )


def _glass_view(row: BreakGlass) -> BreakGlassView:
    kind = SubjectKind(row.subject_kind)
    found = find_subject(row.subject_id, kind=kind)
    return BreakGlassView(
        id=row.id,
        reader=row.staff.name,
        reader_agency=row.staff.agency.name,
        kind=kind,
        subject_id=row.subject_id,
        reference=found.reference if found else "",
        reason=row.reason,
        at=row.created_at,
        until=row.until,
        reviewed_by=row.reviewed_by.name if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
        found_proper=row.found_proper,
        review_note=row.review_note,
    )
