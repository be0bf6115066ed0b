"""How a case ends or ended: outcome, feedback, what is missing to close, and each run's history."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from counterpoint.access.models import Staff
from counterpoint.access.selectors import names
from counterpoint.base.errors import NotAllowed
from counterpoint.cases import envelope, policies, process
from counterpoint.cases.models import Case, CaseOutcome, Feedback, ProcessRun, StepRecord
from counterpoint.cases.process import Running
from counterpoint.cases.selectors.heading import heading_for, reason_label, record_read
from counterpoint.cases.services.closing import agrees_by_closing
from counterpoint.cases.types import OTHER_PROCESS, EventKind, Impact
from counterpoint.cases.views import EndingView, FeedbackView, OutcomeView, RunView, StepDone
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules.selectors import pack_in_force

Opened = Mapping[tuple[UUID, str], Any]


@transaction.atomic
def ending_for(viewer: Staff, case_id: UUID, *, purpose: str) -> EndingView:
    """Every run with its steps, outcome and feedback; and what is missing to close now, as far as this viewer goes.

    Raises NotFound; NotAllowed for partners, who have no section of it. Audited."""
    heading = heading_for(viewer, case_id)
    if heading.is_partner:
        raise NotAllowed("How the case ends is told by the lead agency. Ask its lead officer.")
    case = Case.objects.get(pk=case_id)
    runs = list(case.runs.prefetch_related("steps__by", "outcomes__by", "feedback__by").order_by("-number"))
    opened = envelope.unseal_all(_sealed(runs), key_id=case.key_id)
    running = process.load(runs[0])
    agrees = agrees_by_closing(viewer, case, running)
    agreed_by = policies.agreed_by(running)
    record_read(viewer, heading, part="ending", purpose=purpose, detail={"runs": len(runs)})
    return EndingView(
        heading=heading,
        runs=tuple(_run(process.load(run), opened) for run in runs),
        missing=policies.missing_to_close(case, running, agrees=agrees) if heading.is_open else (),
        agrees=agrees,
        agreed_by=names((agreed_by,)).get(agreed_by, "") if agreed_by else "",
    )


def usual_words_for(viewer: Staff, case_id: UUID) -> str:
    """What the pack tells a reporter for the closure reason that was proposed with the outcome, in the language of the
    first referral; "" without an outcome, or where it tells nothing. Raises NotFound."""
    heading_for(viewer, case_id)
    case = Case.objects.get(pk=case_id)
    outcome = policies.latest_outcome(case.runs.order_by("-number")[0])
    if outcome is None:
        return ""
    language = case.referrals.select_related("referral").get(is_first=True).referral.language
    pack = pack_in_force()
    spoken = language if pack.has_language(language) else pack.default_language
    reasons = pack.closure_reasons_on(outcome.at.date(), ClosureLevel.CASE, spoken)
    return next((reason.tell_reporter or "" for reason in reasons if reason.id == outcome.proposed_reason), "")


def _sealed(runs: list[ProcessRun]) -> list[tuple[Model, str]]:
    found: list[tuple[Model, str]] = []
    for run in runs:
        found += [(step, "sealed_values") for step in run.steps.all()]
        found += [(row, name) for row in run.outcomes.all() for name in ("sealed_text", "sealed_needs")]
        found += [(row, "sealed_reason") for row in run.feedback.all()]
    return found


def _run(running: Running, opened: Opened) -> RunView:
    run = running.run
    outcomes = sorted(run.outcomes.all(), key=lambda row: row.number)
    feedback = sorted(run.feedback.all(), key=lambda row: row.number)
    return RunView(
        number=run.number,
        started_at=run.started_at,
        ended_at=run.ended_at,
        reason=_reason(run),
        outcome=_outcome(outcomes[-1], opened) if outcomes else None,
        feedback=_feedback(feedback[-1], opened) if feedback else None,
        steps=tuple(_step(running, row, opened) for row in sorted(run.steps.all(), key=lambda row: row.number)),
    )


def _reason(run: ProcessRun) -> str:
    if run.ended_at is None:
        return ""
    if run.closure_reason == OTHER_PROCESS:
        return EventKind.OTHER_PROCESS.label
    return reason_label(run.closure_reason, run.ended_at.date())


def _outcome(row: CaseOutcome, opened: Opened) -> OutcomeView:
    needs = opened.get((row.pk, "sealed_needs")) or {}
    return OutcomeView(
        text=opened.get((row.pk, "sealed_text"), ""),
        impact=Impact(row.impact),
        reason_id=row.proposed_reason,
        reason=reason_label(row.proposed_reason, row.at.date()),
        needs={policies.need_label(name): text for name, text in needs.items()},
        needs_by_id=needs,
        by=row.by.name,
        at=row.at,
    )


def _feedback(row: Feedback, opened: Opened) -> FeedbackView:
    return FeedbackView(
        withheld=row.withheld, reason=opened.get((row.pk, "sealed_reason"), ""), by=row.by.name, at=row.at
    )


def _step(running: Running, row: StepRecord, opened: Opened) -> StepDone:
    texts: Mapping[str, str] = opened.get((row.pk, "sealed_values")) or {}
    fields = {field.id: field for field in running.form_of(row.step).fields}
    values = []
    for name, value in {**row.choices, **texts}.items():
        field = fields.get(name)
        shown = dict(field.choices).get(str(value), str(value)) if field else str(value)
        values.append((field.label if field else policies.need_label(name), shown))
    return StepDone(name=row.step_name, by=row.by.name, at=row.at, values=tuple(values))
