"""What a member of staff may see of triage. Lists hold no personal content; opening one record is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_reads
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit import selectors as audit_selectors
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import ids
from counterpoint.base.rows import one_or_none
from counterpoint.intake import repeats
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.intake.types import Kind, ReferralState, Urgency
from counterpoint.triage.models import EmergencyHandover, Verdict
from counterpoint.triage.opening import opened_advice, opened_referral
from counterpoint.triage.types import AdviceRow, AdviceView, InboxFilters, InboxPage, InboxRow, ReferralView, Route

PAGE_SIZE = 25
COUNTS_CAP = 100
_MOST_SEARCH_RESULTS = 50


@dataclass(frozen=True)
class Reading:
    """Who has read or changed something, when and what for."""

    at: datetime
    action: str
    by: str  # a name, "the reporter", or the worker's name
    purpose: str


def inbox(
    viewer: Staff, *, filters: InboxFilters | None = None, after: str = "", page_size: int = PAGE_SIZE
) -> InboxPage:
    """One page of the referrals that triage shows to `viewer`, oldest clock first.

    after: `InboxPage.after` of the page before; one that cannot be read counts as "". Empty for whoever triages
    nothing. Cost does not grow with the number of referrals: keyset, counts that stop at COUNTS_CAP."""
    wanted = filters or InboxFilters()
    visible = intake.referrals_visible_to(viewer)
    rows = _keyset(_filtered(visible, wanted, viewer), after).order_by("due_at", "id")
    found = list(rows.select_related("assigned_to")[: page_size + 1])
    shown = found[:page_size]
    last = shown[-1] if len(found) > page_size else None
    return InboxPage(
        rows=_inbox_rows(shown),
        after=f"{last.due_at.isoformat()}~{last.pk}" if last else "",
        counts=_counts(visible, viewer),
        counts_cap=COUNTS_CAP,
    )


def referral_for(viewer: Staff, referral_id: UUID, *, purpose: str) -> ReferralView:
    """The referral opened for whoever may read all of it; the read is audited with its purpose.
    Raises NotFound for no relation, recused or no such referral; NotAllowed where only sections were granted."""
    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id, section=Section.CONCERN)
    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id, section=Section.PERSON)
    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id, section=Section.REPORTER)
    with transaction.atomic():
        referral = intake.referral_row(referral_id)
        view = opened_referral(referral)
        audit.record(
            "referral.read",
            by=viewer.actor,
            about=Subject("referral", referral.pk, referral.reference),
            purpose=purpose,
            detail={"version": referral.version},
        )
        return view


def who_has_read(viewer: Staff, referral_id: UUID, *, limit: int = 200) -> tuple[Reading, ...]:
    """Who read or changed this referral, newest first. Raises NotFound."""
    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    entries = audit_selectors.entries_about("referral", referral_id, limit=limit)
    names = _names({entry.actor_id for entry in entries if entry.actor_kind == "staff"})
    return tuple(
        Reading(
            at=entry.at,
            action=entry.action,
            by=names.get(entry.actor_id) or entry.actor_id or f"the {entry.actor_kind}",
            purpose=entry.purpose,
        )
        for entry in entries
    )


def search(viewer: Staff, *, text: str, purpose: str) -> tuple[InboxRow, ...]:
    """The referrals that `viewer` may triage whose reference is `text`, or whose person has exactly this whole name,
    e-mail address, phone number or online name. Newest first, at most 50; audited with its purpose, without the text.
    Raises NotAllowed without the role."""
    check_holds(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    visible = intake.referrals_visible_to(viewer)
    reference = ids.read_reference(text)
    with transaction.atomic():
        if reference is not None:
            rows = visible.filter(reference=reference)
        else:
            rows = visible.filter(pk__in=repeats.referrals_matching(text, limit=_MOST_SEARCH_RESULTS))
        found = list(rows.select_related("assigned_to").order_by("-received_at", "-id")[:_MOST_SEARCH_RESULTS])
        audit.record(
            "referral.searched",
            by=viewer.actor,
            about=Subject("staff", viewer.pk),
            purpose=purpose,
            detail={"by": "reference" if reference else "person", "found": len(found)},
        )
    return _inbox_rows(found)


def second_readers_for(viewer: Staff, referral_id: UUID) -> tuple[Staff, ...]:
    """Who may be asked to read a second time: active, may triage it, not whoever decided, not recused.
    Raises NotFound."""
    from counterpoint.triage.permissions import can_triage

    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    referral = intake.referral_row(referral_id)
    waiting = one_or_none(referral.decisions.filter(state="awaiting_second_reader"))
    candidates = _triagers(referral.lead_agency_id).exclude(pk__in=[waiting.by_id] if waiting else [])
    return tuple(staff for staff in candidates if can_triage(staff, referral_id=referral_id))


def assignable_to(viewer: Staff, referral_id: UUID) -> tuple[Staff, ...]:
    """Who may be given this referral. Raises NotFound."""
    from counterpoint.triage.permissions import can_triage

    check_reads(viewer, kind=SubjectKind.REFERRAL, subject_id=referral_id)
    referral = intake.referral_row(referral_id)
    return tuple(staff for staff in _triagers(referral.lead_agency_id) if can_triage(staff, referral_id=referral_id))


def advice_list(viewer: Staff, *, after: str = "", page_size: int = PAGE_SIZE) -> tuple[tuple[AdviceRow, ...], str]:
    """One page of the advice contacts that `viewer` may see: those without an answer first, oldest first; then the
    answered, newest first on their own pages. Returns the rows and what to pass on as `after` ("" at the end)."""
    rows = intake.advice_visible_to(viewer)
    open_rows = list(_advice_page(rows.filter(given_at__isnull=True), after, page_size))
    if after.startswith("given~") or not open_rows:
        return _given_page(rows, after.removeprefix("given~"), page_size)
    shown = open_rows[:page_size]
    more = f"{shown[-1].received_at.isoformat()}~{shown[-1].pk}" if len(open_rows) > page_size else "given~"
    return _advice_rows(shown), more


def advice_for(viewer: Staff, advice_id: UUID, *, purpose: str) -> AdviceView:
    """The advice contact opened; the read is audited. Raises NotFound."""
    check_reads(viewer, kind=SubjectKind.ADVICE, subject_id=advice_id)
    with transaction.atomic():
        contact = intake.advice_row(advice_id)
        view = opened_advice(contact)
        audit.record(
            "advice.read",
            by=viewer.actor,
            about=Subject("advice", contact.pk, contact.reference),
            purpose=purpose,
        )
        return view


def _filtered(rows: QuerySet[Referral], wanted: InboxFilters, viewer: Staff) -> QuerySet[Referral]:
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    elif not wanted.awaiting_handover:
        rows = rows.filter(intake.IS_WAITING)
    if ReferralState.CLOSED not in wanted.states:
        rows = rows.filter(intake.IS_OPEN)
    exact = {"kind": wanted.kind, "urgency": wanted.urgency, "source_sector": wanted.source_sector}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.possible_repeat:
        rows = rows.filter(possible_repeat=True)
    if wanted.awaiting_handover:
        rows = rows.filter(is_emergency=True).exclude(Exists(_handovers()))
    return rows.filter(_assigned(wanted.assigned_to, viewer))


def _assigned(assigned_to: str, viewer: Staff) -> Q:
    if assigned_to == "me":
        return Q(assigned_to=viewer)
    if assigned_to == "nobody":
        return Q(assigned_to__isnull=True)
    if assigned_to:
        try:
            return Q(assigned_to_id=UUID(assigned_to))
        except ValueError:
            return Q(pk__in=[])
    return Q()


def _keyset(rows: QuerySet[Referral], after: str) -> QuerySet[Referral]:
    position = _position(after)
    if position is None:
        return rows
    due_at, last_id = position
    return rows.filter(due_at__gte=due_at).filter(Q(due_at__gt=due_at) | Q(pk__gt=last_id))


def _position(after: str) -> tuple[datetime, UUID] | None:
    moment, _, row_id = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at.astimezone(UTC), UUID(row_id)) if at.tzinfo else None
    except (ValueError, OverflowError):  # at the ends of time a moment has no counterpart in UTC
        return None


def _counts(visible: QuerySet[Referral], viewer: Staff) -> Mapping[str, int]:
    """Each stops at COUNTS_CAP + 1, so that "more than 100" can be told from 100. Ordered by the clock, so that the
    planner takes the index that holds just these rows and does not look through the agency's whole past."""
    still_open = visible.filter(intake.IS_OPEN)
    waiting = visible.filter(intake.IS_WAITING)
    counted = {
        "all": waiting,
        "emergency": still_open.filter(is_emergency=True).exclude(Exists(_handovers())),
        "second_reader": visible.filter(state=ReferralState.AWAITING_SECOND_READER),
        "mine": waiting.filter(intake.IS_OPEN, assigned_to=viewer),
        "unassigned": visible.filter(state=ReferralState.NEW, assigned_to__isnull=True),
    }
    return {name: rows.order_by("due_at", "id")[: COUNTS_CAP + 1].count() for name, rows in counted.items()}


def _handovers() -> QuerySet[EmergencyHandover]:
    return EmergencyHandover.objects.filter(referral=OuterRef("pk"))


def _inbox_rows(referrals: Sequence[Referral]) -> tuple[InboxRow, ...]:
    found = [referral.pk for referral in referrals]
    handed_over = set(EmergencyHandover.objects.filter(referral_id__in=found).values_list("referral_id", flat=True))
    newest = Verdict.objects.filter(referral=OuterRef("referral")).order_by("-at", "-id").values("pk")[:1]
    proposed = dict(
        Verdict.objects.filter(referral_id__in=found, pk=Subquery(newest)).values_list("referral_id", "route")
    )
    return tuple(
        _inbox_row(referral, proposed=proposed.get(referral.pk, ""), handed_over=referral.pk in handed_over)
        for referral in referrals
    )


def _inbox_row(referral: Referral, *, proposed: str, handed_over: bool) -> InboxRow:
    return InboxRow(
        id=referral.pk,
        reference=referral.reference,
        version=referral.version,
        kind=Kind(referral.kind),
        door=referral.route,
        source_sector=referral.source_sector,
        state=ReferralState(referral.state),
        urgency=Urgency(referral.urgency),
        proposed_route=proposed,
        is_emergency=referral.is_emergency,
        awaits_handover=referral.is_emergency and not handed_over,
        possible_repeat=referral.possible_repeat,
        assigned_to_id=referral.assigned_to_id,
        assigned_to=referral.assigned_to.name if referral.assigned_to else "",
        received_at=referral.received_at,
        due_at=referral.due_at,
    )


def _advice_page(rows: QuerySet[AdviceContact], after: str, page_size: int) -> QuerySet[AdviceContact]:
    position = _position(after)
    if position is not None:
        rows = rows.filter(received_at__gte=position[0]).filter(Q(received_at__gt=position[0]) | Q(pk__gt=position[1]))
    return rows.order_by("received_at", "id").select_related("given_by")[: page_size + 1]


def _given_page(rows: QuerySet[AdviceContact], after: str, page_size: int) -> tuple[tuple[AdviceRow, ...], str]:
    given = rows.filter(given_at__isnull=False)
    position = _position(after)
    if position is not None:
        given = given.filter(received_at__lte=position[0]).filter(
            Q(received_at__lt=position[0]) | Q(pk__lt=position[1])
        )
    found = list(given.order_by("-received_at", "-id").select_related("given_by")[: page_size + 1])
    shown = found[:page_size]
    more = f"given~{shown[-1].received_at.isoformat()}~{shown[-1].pk}" if len(found) > page_size else ""
    return _advice_rows(shown), more


def _advice_rows(contacts: Sequence[AdviceContact]) -> tuple[AdviceRow, ...]:
    found = [contact.pk for contact in contacts]
    emergencies = set(
        Verdict.objects.filter(advice_id__in=found, route=Route.EMERGENCY).values_list("advice_id", flat=True)
    )
    handed_over = set(EmergencyHandover.objects.filter(advice_id__in=found).values_list("advice_id", flat=True))
    return tuple(
        AdviceRow(
            id=contact.pk,
            reference=contact.reference,
            door=contact.route,
            received_at=contact.received_at,
            is_emergency=contact.pk in emergencies,
            awaits_handover=contact.pk in emergencies and contact.pk not in handed_over,
            given_at=contact.given_at,
            given_by=contact.given_by.name if contact.given_by else "",
        )
        for contact in contacts
    )


def _triagers(agency_id: UUID) -> QuerySet[Staff]:
    held = [Role.TRIAGE_OFFICER, Role.SUPERVISOR]
    return (
        Staff.objects.filter(agency_id=agency_id, is_active=True, roles__role__in=held, roles__ended_at__isnull=True)
        .select_related("agency")
        .prefetch_related("roles")
        .distinct()
        .order_by("name")
    )


def _names(staff_ids: set[str]) -> dict[str, str]:
    rows = Staff.objects.filter(pk__in=staff_ids).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}
