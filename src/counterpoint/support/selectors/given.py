"""The support plan as it stands, also for an agency that was given it and provides nothing itself."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_reads
from counterpoint.access.types import Section, SubjectKind
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import heading_for
from counterpoint.cases.selectors.heading import record_read
from counterpoint.support.models import Intervention, SupportPlan
from counterpoint.support.types import InterventionKind, InterventionState

_IN_THE_PLAN = (InterventionState.OFFERED, InterventionState.ACCEPTED, InterventionState.RUNNING)


@dataclass(frozen=True)
class PlannedSupport:
    """One piece of support that goes on or is about to: not what is written down of it."""

    kind: InterventionKind
    title: str
    provider: str
    state: InterventionState
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class CurrentPlan:
    """The plan as it stands. `at` None: none was written. Texts are "" once the case was erased."""

    text: str
    by: str
    at: datetime | None
    support: tuple[PlannedSupport, ...]


@transaction.atomic
def current_plan(viewer: Staff, case_id: UUID, *, purpose: str) -> CurrentPlan:
    """The latest plan and the support that goes on or is about to, the earliest first.

    Raises NotFound; NotAllowed for an agency that was not given this section. Audited."""
    heading = heading_for(viewer, case_id)
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id, section=Section.SUPPORT)
    plan = SupportPlan.objects.filter(case_id=case_id).select_related("by").order_by("-number").first()
    rows = Intervention.objects.filter(case_id=case_id, state__in=_IN_THE_PLAN).select_related(
        "agency", "staff__agency"
    )
    support = list(rows.order_by("from_on", "id"))
    wanted: list[tuple[Model, str]] = [(plan, "sealed_text")] if plan is not None else []
    wanted += [(row, name) for row in support for name in ("sealed_title", "sealed_service")]
    texts = envelope.unseal_all(wanted, key_id=Case.objects.get(pk=case_id).key_id)
    detail: dict[str, str | int] = {"sections": Section.SUPPORT.value, "interventions": len(support)}
    record_read(viewer, heading, part="support plan", purpose=purpose, detail=detail)
    return CurrentPlan(
        text=str(texts.get((plan.pk, "sealed_text"), "")) if plan is not None else "",
        by=plan.by.name if plan is not None else "",
        at=plan.at if plan is not None else None,
        support=tuple(
            PlannedSupport(
                kind=InterventionKind(row.kind),
                title=str(texts.get((row.pk, "sealed_title"), "")),
                provider=_provider(row) or str(texts.get((row.pk, "sealed_service"), "")),
                state=InterventionState(row.state),
                from_on=row.from_on,
                until_on=row.until_on,
            )
            for row in support
        ),
    )


def _provider(row: Intervention) -> str:
    """Who of us or of a partner gives it; "" for a service outside, whose name is sealed."""
    if row.agency is not None:
        return row.agency.name
    return f"{row.staff.name}, {row.staff.agency.name}" if row.staff is not None else ""
