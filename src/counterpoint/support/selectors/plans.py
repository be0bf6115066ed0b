"""The support plan, its interventions with their sessions, and reviews; and a provider's own list."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import can_read
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, process
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import heading_for
from counterpoint.cases.selectors.heading import record_read
from counterpoint.cases.sharing import running_grants
from counterpoint.cases.types import ActionOutcome, CaseState, Impact
from counterpoint.cases.views import CaseHeading
from counterpoint.kernel.packs import StepWork
from counterpoint.support import consenting
from counterpoint.support.models import Consent, Intervention, SupportPlan, SupportReview, SupportSession
from counterpoint.support.permissions import can_answer_offer, can_log_session, can_review
from counterpoint.support.reviewing import step_that_reviews
from counterpoint.support.selectors.steps import waiting_for_work
from counterpoint.support.types import (
    MOVES,
    Attendance,
    ConsentResult,
    InterventionKind,
    InterventionState,
    ServiceAnswer,
)
from counterpoint.support.views import (
    GivenIntervention,
    InterventionView,
    PlanView,
    Providers,
    ReviewView,
    SessionView,
    SupportView,
)

MOST_LISTED = 200
_ONGOING = (InterventionState.OFFERED, InterventionState.ACCEPTED, InterventionState.RUNNING)
Opened = Mapping[tuple[UUID, str], Any]


@transaction.atomic
def support_for(viewer: Staff, case_id: UUID, *, purpose: str) -> SupportView:
    """The plan, all support and all reviews; for a provider of another agency only the support given to them.

    Raises NotFound; NotAllowed for partners whom the case's actions are not shared with. Audited."""
    heading = heading_for(viewer, case_id)
    if heading.is_partner and not heading.opens(Section.ACTIONS):
        raise NotAllowed("Your agency was not given the support of this case.")
    case = Case.objects.get(pk=case_id)
    interventions = _interventions(viewer, heading, case)
    inside = not heading.is_partner
    waits = step_that_reviews(process.current_run(case)) if inside else None
    plans = _plans(case) if inside else None
    reviews = _reviews(case) if inside else None
    record_read(viewer, heading, part="support", purpose=purpose, detail={"interventions": len(interventions)})
    return SupportView(
        heading=heading,
        interventions=interventions,
        plans=plans,
        reviews=reviews,
        lacking=tuple(kind.title for kind in consenting.lacking_for_support(case)),
        withdrawn=_was_withdrawn(case),
        step=waiting_for_work(viewer, case_id, StepWork.PLAN) if inside and heading.is_open else None,
        waits_for_review=waits.name if waits is not None else "",
        may_plan=heading.may_work and heading.is_open,
        may_review=inside and waits is None and heading.is_open and can_review(viewer, case),
    )


@transaction.atomic
def intervention_for(
    viewer: Staff, case_id: UUID, intervention_id: UUID, *, purpose: str
) -> tuple[CaseHeading, Intervention, InterventionView]:
    """One piece of support with its sessions: the row for a service to change, and what it says.

    Raises NotFound, the same for support that was given to others. Audited."""
    heading = heading_for(viewer, case_id)
    row = one_or_none(_visible(viewer, heading).filter(pk=intervention_id))
    if row is None:
        raise NotFound("There is no such support, or it is not yours to see.")
    case = Case.objects.get(pk=case_id)
    view = _views(viewer, heading, case, [row])[0]
    record_read(viewer, heading, part="intervention", purpose=purpose, detail={"sessions": len(view.sessions)})
    return heading, row, view


@transaction.atomic
def support_to_review(viewer: Staff, case_id: UUID, *, purpose: str) -> tuple[InterventionView, ...]:
    """The support that a panel judges when it reviews it, as far as the viewer may see it. Raises NotFound. Audited."""
    heading = heading_for(viewer, case_id)
    found = _interventions(viewer, heading, Case.objects.get(pk=case_id))
    record_read(viewer, heading, part="support", purpose=purpose, detail={"interventions": len(found)})
    return found


def interventions_given_to(viewer: Staff) -> tuple[GivenIntervention, ...]:
    """The support that the viewer or their agency provides and that goes on or is about to, of cases that they may
    know of, the nearest end first. Nothing is opened."""
    own = Q(staff=viewer) if viewer.agency.is_lead else Q(staff=viewer) | Q(agency_id=viewer.agency_id)
    rows = Intervention.objects.filter(own, state__in=_ONGOING)
    rows = rows.select_related("case").annotate(last_on=Max("sessions__held_on")).order_by("until_on", "from_on", "id")
    found = []
    for row in rows[:MOST_LISTED]:
        relation = relation_to(viewer, kind=SubjectKind.CASE, subject_id=row.case_id)
        if relation.is_known and relation.opens(Section.ACTIONS):
            found.append(_given(row, row.last_on))
    return tuple(found)


def possible_providers(viewer: Staff, case_id: UUID) -> Providers:
    """Whom support of the case can be given to: agencies that were given its actions, and intervention providers who
    may know of it. Raises NotFound."""
    heading = heading_for(viewer, case_id)
    if heading.is_partner:
        return Providers((), ())
    grants = running_grants(at=clock.now()).filter(case_id=case_id).select_related("agency")
    agencies = {grant.agency_id: grant.agency for grant in grants if Section.ACTIONS in grant.sections}
    lead = Agency.objects.get(pk=Case.objects.values_list("lead_agency_id", flat=True).get(pk=case_id))
    shown = [lead, *sorted(agencies.values(), key=lambda agency: agency.name)]
    people = Staff.objects.filter(
        agency__in=shown, is_active=True, roles__role=Role.INTERVENTION_PROVIDER, roles__ended_at__isnull=True
    )
    known = (one for one in people.select_related("agency").distinct().order_by("name", "id") if _knows(one, case_id))
    return Providers(
        agencies=tuple((str(agency.pk), agency.name) for agency in shown),
        people=tuple((str(one.pk), f"{one.name}, {one.agency.name}") for one in known),
    )


def _knows(staff: Staff, case_id: UUID) -> bool:
    if not can_read(staff, kind=SubjectKind.CASE, subject_id=case_id):
        return False
    relation = relation_to(staff, kind=SubjectKind.CASE, subject_id=case_id)
    return relation.standing is not Standing.BROKEN_GLASS and relation.opens(Section.ACTIONS)


def _visible(viewer: Staff, heading: CaseHeading) -> QuerySet[Intervention]:
    rows = Intervention.objects.filter(case_id=heading.id).select_related("agency", "staff__agency", "state_by__agency")
    if not heading.is_partner:
        return rows
    if not heading.opens(Section.ACTIONS):
        return rows.none()
    return rows.filter(Q(agency_id=viewer.agency_id) | Q(staff=viewer))


def _interventions(viewer: Staff, heading: CaseHeading, case: Case) -> tuple[InterventionView, ...]:
    """What goes on first, then what ended or was not accepted, the latest first."""
    rows = sorted(_visible(viewer, heading), key=lambda row: (row.from_on, row.pk), reverse=True)
    rows.sort(key=lambda row: row.state not in _ONGOING)
    return _views(viewer, heading, case, rows)


def _views(viewer: Staff, heading: CaseHeading, case: Case, rows: list[Intervention]) -> tuple[InterventionView, ...]:
    sessions: dict[UUID, list[SupportSession]] = {row.pk: [] for row in rows}
    found = SupportSession.objects.filter(intervention__in=rows).select_related("by").order_by("-held_on", "-id")
    for session in found:
        sessions[session.intervention_id].append(session)
    names = ("sealed_title", "sealed_goals", "sealed_why", "sealed_service", "sealed_service_reason")
    fields: list[tuple[Any, str]] = [(row, name) for row in rows for name in names]
    fields += [(session, "sealed_note") for of_one in sessions.values() for session in of_one]
    opened = envelope.unseal_all(fields, key_id=case.key_id)
    had_consent = consent_on_days(case)
    return tuple(
        _view(viewer, heading, row, opened, sessions=_sessions(sessions[row.pk], opened, had_consent)) for row in rows
    )


def _sessions(
    rows: list[SupportSession], opened: Opened, had_consent: Callable[[date], bool]
) -> tuple[SessionView, ...]:
    return tuple(
        SessionView(
            held_on=row.held_on,
            attendance=Attendance(row.attendance),
            note=opened.get((row.pk, "sealed_note"), ""),
            by=row.by.name,
            at=row.at,
            had_consent=had_consent(row.held_on),
        )
        for row in rows
    )


def _view(
    viewer: Staff, heading: CaseHeading, row: Intervention, opened: Opened, *, sessions: tuple[SessionView, ...]
) -> InterventionView:
    may_change = heading.may_work and heading.is_open
    state = InterventionState(row.state)
    may_log = heading.is_open and state in (InterventionState.RUNNING, InterventionState.ENDED)
    return InterventionView(
        id=row.pk,
        version=row.version,
        kind=InterventionKind(row.kind),
        title=opened.get((row.pk, "sealed_title"), ""),
        goals=opened.get((row.pk, "sealed_goals"), ""),
        provider=_provider(row, opened),
        agency_id=row.agency_id,
        staff_id=row.staff_id,
        service=opened.get((row.pk, "sealed_service"), ""),
        from_on=row.from_on,
        until_on=row.until_on,
        state=state,
        state_on=row.state_on,
        state_by=f"{row.state_by.name}, {row.state_by.agency.name}" if row.state_by else "",
        why=opened.get((row.pk, "sealed_why"), ""),
        service_answer=ServiceAnswer(row.service_answer) if row.service_answer else None,
        service_answered_on=row.service_answered_on,
        service_reason=opened.get((row.pk, "sealed_service_reason"), ""),
        outcome=ActionOutcome(row.outcome) if row.outcome and not heading.is_partner else None,
        sessions=sessions,
        may_change=may_change and state is not InterventionState.ENDED,
        may_log=may_log and can_log_session(viewer, row),
        may_answer=heading.is_open and state is InterventionState.OFFERED and can_answer_offer(viewer, row),
        moves=tuple(each for each in InterventionState if may_change and each in MOVES[state]),
    )


def _provider(row: Intervention, opened: Opened) -> str:
    if row.agency is not None:
        return row.agency.name
    if row.staff is not None:
        return f"{row.staff.name}, {row.staff.agency.name}"
    return str(opened.get((row.pk, "sealed_service"), ""))


def consent_on_days(case: Case) -> Callable[[date], bool]:
    """Whether all consents that support rests on were in force on a day; the day on which one was given or withdrawn
    counts as a day with consent."""
    rows = Consent.objects.filter(case=case).order_by("number")
    spans = [given_spans(rows.filter(kind=kind.id)) for kind in consenting.kinds_support_rests_on()]

    def had_consent(day: date) -> bool:
        return all(any(begin <= day and (end is None or day <= end) for begin, end in of_kind) for of_kind in spans)

    return had_consent


def given_spans(rows: Iterable[Consent]) -> list[tuple[date, date | None]]:
    """From when to when one consent was in force; None for no end yet. rows: of one kind, in the order of recording."""
    found: list[tuple[date, date | None]] = []
    for row in rows:
        is_open = bool(found) and found[-1][1] is None
        if row.result == ConsentResult.GIVEN and not is_open:
            found.append((row.on, None))
        elif row.result != ConsentResult.GIVEN and is_open:
            found[-1] = (found[-1][0], row.on)
    return found


def _was_withdrawn(case: Case) -> bool:
    latest = consenting.latest_of(case.pk)
    rested_on = (latest.get(kind.id) for kind in consenting.kinds_support_rests_on())
    return any(row is not None and row.result == ConsentResult.WITHDRAWN for row in rested_on)


def _plans(case: Case) -> tuple[PlanView, ...]:
    rows = list(SupportPlan.objects.filter(case=case).select_related("by").order_by("-number"))
    opened = envelope.unseal_all([(row, "sealed_text") for row in rows], key_id=case.key_id)
    return tuple(PlanView(row.number, opened.get((row.pk, "sealed_text"), ""), row.by.name, row.at) for row in rows)


def _reviews(case: Case) -> tuple[ReviewView, ...]:
    rows = list(
        SupportReview.objects.filter(case=case)
        .select_related("by")
        .prefetch_related("reviewed__intervention")
        .order_by("-reviewed_on", "-id")
    )
    fields: list[tuple[Any, str]] = [(row, "sealed_text") for row in rows]
    fields += [(each.intervention, "sealed_title") for row in rows for each in row.reviewed.all()]
    opened = envelope.unseal_all(fields, key_id=case.key_id)
    return tuple(
        ReviewView(
            reviewed_on=row.reviewed_on,
            impact=Impact(row.impact),
            text=opened.get((row.pk, "sealed_text"), ""),
            outcomes=tuple(
                (opened.get((each.intervention_id, "sealed_title"), ""), ActionOutcome(each.outcome))
                for each in row.reviewed.all()
            ),
            by=row.by.name,
            at=row.at,
        )
        for row in rows
    )


def _given(row: Intervention, last_on: date | None) -> GivenIntervention:
    return GivenIntervention(
        id=row.pk,
        case_id=row.case_id,
        reference=row.case.reference,
        kind=InterventionKind(row.kind),
        state=InterventionState(row.state),
        from_on=row.from_on,
        until_on=row.until_on,
        last_session_on=last_on,
        waits_for_answer=row.state == InterventionState.OFFERED and row.case.state == CaseState.OPEN,
    )
