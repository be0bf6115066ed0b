"""Lists of cases, page by page, with nothing decrypted."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock
from counterpoint.base.rows import one_or_none
from counterpoint.cases.models import Case, CaseMember, CaseReferral
from counterpoint.cases.permissions import can_read_case
from counterpoint.cases.process import agreement_steps
from counterpoint.cases.selectors.cursor import cursor_after, read_cursor
from counterpoint.cases.sharing import running_grants
from counterpoint.cases.types import CaseFilters, CasePage, CaseRow, CaseState
from counterpoint.cases.waiting import held_steps

PAGE_ROWS = 25
COUNT_CAP = 100


def cases_visible_to(viewer: Staff, *, filters: CaseFilters = CaseFilters(), after: str = "") -> CasePage:  # noqa: B008 - frozen
    """The cases that the viewer may know of, page by page: open ones by their clock, closed ones the last closed
    first, all ones the last opened first. `after`: the cursor that the page before gave.

    A partner agency sees which cases it was granted sections of, and nothing of where they stand; what would tell
    (lateness, other agencies) is neither shown nor filtered by."""
    inside = viewer.agency.is_lead
    rows = _filtered(visible_cases(viewer), viewer, filters, inside=inside)
    column = _order_of(filters, inside=inside)
    found = list(_page(rows, column, after)[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    more = len(found) > PAGE_ROWS
    cursor = cursor_after(getattr(shown[-1], column.lstrip("-")), shown[-1].pk) if more else ""
    past = [row.pk for row in shown if row.due_at < clock.now()] if inside else []
    held = held_steps(past) if past else frozenset()
    return CasePage(rows=tuple(_row(row, inside=inside, held=held) for row in shown), after=cursor)


def waiting_cases(viewer: Staff) -> tuple[int, int]:
    """How many open cases the viewer leads or works on, and how many of them are late; each counted up to COUNT_CAP."""
    mine = visible_cases(viewer).filter(Exists(_memberships(viewer)), state=CaseState.OPEN)
    return mine[:COUNT_CAP].count(), mine.filter(due_at__lt=clock.now())[:COUNT_CAP].count()


def cases_to_agree(viewer: Staff) -> int:
    """How many cases wait for a supervisor like the viewer to agree to their closing; counted up to COUNT_CAP."""
    rows = _filtered(visible_cases(viewer), viewer, CaseFilters(to_agree=True), inside=True)
    return rows.exclude(lead_officer=viewer)[:COUNT_CAP].count()


def case_of_referral(viewer: Staff, referral_id: UUID) -> UUID | None:
    """The case that works this referral, if the viewer may know of it."""
    case_id = one_or_none(CaseReferral.objects.filter(referral_id=referral_id).values_list("case_id", flat=True))
    return case_id if case_id is not None and can_read_case(viewer, case_id) else None


def visible_cases(viewer: Staff) -> QuerySet[Case]:
    """Every case the viewer may know of without breaking the glass."""
    if not viewer.is_active:
        return Case.objects.none()
    rows = _known(viewer)
    cases = relations.recused_from(viewer, kind=SubjectKind.CASE)
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    if cases:
        rows = rows.exclude(pk__in=cases)
    if referrals:
        rows = rows.exclude(Exists(CaseReferral.objects.filter(case=OuterRef("pk"), referral_id__in=referrals)))
    return rows


def _known(viewer: Staff) -> QuerySet[Case]:
    if Role.SUPERVISOR in viewer.role_names:
        return Case.objects.filter(lead_agency_id=viewer.agency_id)
    if Role.PARTNER in viewer.role_names:
        grants = running_grants(at=clock.now()).filter(agency_id=viewer.agency_id)
        return Case.objects.filter(pk__in=grants.values("case_id"))
    return Case.objects.filter(Exists(_memberships(viewer)))


def _memberships(viewer: Staff) -> QuerySet[CaseMember]:
    return CaseMember.objects.filter(case=OuterRef("pk"), staff=viewer, to_at__isnull=True)


def _filtered(rows: QuerySet[Case], viewer: Staff, filters: CaseFilters, *, inside: bool) -> QuerySet[Case]:
    if filters.state is not None:
        rows = rows.filter(state=filters.state)
    if not inside:
        return rows
    if filters.mine:
        rows = rows.filter(Exists(_memberships(viewer)))
    if filters.late:
        rows = rows.filter(state=CaseState.OPEN, due_at__lt=clock.now())
    if filters.to_agree:
        rows = rows.filter(state=CaseState.OPEN, next_step__in=agreement_steps())
    if filters.agency_id is not None:
        shared = running_grants(at=clock.now()).filter(agency_id=filters.agency_id).values("case_id")
        rows = rows.filter(Q(lead_agency_id=filters.agency_id) | Q(pk__in=shared))
    return rows


def _order_of(filters: CaseFilters, *, inside: bool) -> str:
    """The column that a list is in the order of; each has its index."""
    if not inside or (filters.state is None and not filters.late):
        return "-opened_at"
    return "-closed_at" if filters.state is CaseState.CLOSED else "due_at"


def _page(rows: QuerySet[Case], column: str, after: str) -> QuerySet[Case]:
    name, downwards = column.lstrip("-"), column.startswith("-")
    seen = read_cursor(after)
    if seen is not None:
        rows = rows.filter(_beyond(name, seen, downwards=downwards))
    order = F(name).desc() if downwards else F(name).asc()
    return rows.select_related("lead_officer", "lead_agency").order_by(order, "-id" if downwards else "id")


def _beyond(name: str, seen: tuple[datetime, UUID], *, downwards: bool) -> Q:
    at, row_id = seen
    way = "lt" if downwards else "gt"
    # The first half alone lets the database begin at the right place of the index.
    return Q(**{f"{name}__{way}e": at}) & (Q(**{f"{name}__{way}": at}) | Q(**{f"pk__{way}": row_id}))


def _row(row: Case, *, inside: bool, held: frozenset[tuple[UUID, str]]) -> CaseRow:
    is_open, is_held = row.state == CaseState.OPEN, (row.pk, row.next_step) in held
    return CaseRow(
        id=row.pk,
        reference=row.reference,
        state=CaseState(row.state),
        lead_officer=row.lead_officer.name,
        lead_agency=row.lead_agency.name,
        next_step=row.next_step_name if inside else "",
        due_at=row.due_at if inside and is_open and not is_held else None,
        is_late=inside and is_open and not is_held and row.due_at < clock.now(),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
