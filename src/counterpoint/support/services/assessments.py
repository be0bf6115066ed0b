"""Assessments: begun, written, finished by the person who knows, corrected by a later one."""

from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, process
from counterpoint.cases.models import Case
from counterpoint.cases.policies import check_open
from counterpoint.cases.services.change import CHANGED, locked, locked_by_id, tell
from counterpoint.cases.types import EventKind
from counterpoint.kernel.packs import StepWork
from counterpoint.rules.selectors import pack_in_force
from counterpoint.support import instruments, policies
from counterpoint.support.models import Assessment
from counterpoint.support.permissions import check_plans, check_works
from counterpoint.support.services.steps import StepDone, check_step_is, finish_step
from counterpoint.support.types import AssessmentDraft, AssessmentState


@transaction.atomic
def begin_assessment(case: Case, instrument_id: str, *, by: Staff) -> Assessment:
    """An empty draft by this instrument; the one that is under way, if there is one.

    Raises NotFound, also for an instrument that the pack lacks; NotAllowed; NotPossible when the case is closed."""
    at, case = clock.now(), locked(case)
    check_plans(by, case)
    check_open(case)
    _, version = instruments.instrument_and_version(instrument_id)
    known = _draft_of(case, instrument_id)
    if known is not None:
        return known
    row = Assessment(
        case=case,
        instrument=instrument_id,
        instrument_version=version.id,
        pack_hash=pack_in_force().content_hash,
        begun_by=by,
        begun_at=at,
    )
    return _begun(row, AssessmentDraft({}), by=by, at=at)


@transaction.atomic
def correct_assessment(assessment: Assessment, *, by: Staff) -> Assessment:
    """A draft that begins with what was found before, in the same version of the instrument; once it is finished, the
    earlier one is marked as corrected and stays to be read.

    Raises NotFound, NotAllowed; NotPossible when it does not count any more, or another draft is under way."""
    at, row, case = clock.now(), *_locked(assessment)
    check_plans(by, case)
    check_open(case)
    known = _draft_of(case, row.instrument)
    if known is not None and known.corrects_id == row.pk:
        return known
    policies.check_is_finished(row)
    if known is not None:
        raise NotPossible("A draft by this instrument is under way. Finish or drop it first.")
    again = Assessment(
        case=case,
        instrument=row.instrument,
        instrument_version=row.instrument_version,
        pack_hash=row.pack_hash,
        corrects=row,
        begun_by=by,
        begun_at=at,
    )
    return _begun(again, _content(row, case), by=by, at=at)


@transaction.atomic
def save_draft(assessment: Assessment, content: AssessmentDraft, *, by: Staff, expected_version: int) -> Assessment:
    """The draft as it should read from now on; it may be half done.

    Raises NotFound, NotAllowed; NotPossible when it is no draft; Missing; Conflict, holding what the other saved."""
    at = clock.now()
    row, case = _ready(assessment, by, expected_version)
    policies.check_draft(instruments.version_of(row)[1], content)
    row.save_changes(expected_version=expected_version, sealed_content=_sealed(row, case, content))
    tell(case, EventKind.ASSESSMENT_CHANGED, by=by, at=at, facts=_facts(row))
    return row


@transaction.atomic
def finish_assessment(
    assessment: Assessment, content: AssessmentDraft, *, by: Staff, expected_version: int
) -> Assessment:
    """The assessment is done, and is not edited from now on.

    Raises as `save_draft`; Missing with every item that lacks."""
    at = clock.now()
    row, case = _ready(assessment, by, expected_version)
    policies.check_complete(instruments.version_of(row)[1], content)
    if row.corrects_id is not None:
        Assessment.objects.filter(pk=row.corrects_id).update(state=AssessmentState.SUPERSEDED)
    row.save_changes(
        expected_version=expected_version,
        sealed_content=_sealed(row, case, content),
        state=AssessmentState.FINISHED,
        finished_by=by,
        finished_at=at,
    )
    tell(case, EventKind.ASSESSMENT_FINISHED, by=by, at=at, facts=_facts(row))
    return row


@transaction.atomic
def drop_draft(assessment: Assessment, *, by: Staff, expected_version: int) -> Assessment:
    """The draft is not to be finished. Twice is once.

    Raises NotFound, NotAllowed; NotPossible when it was finished; Conflict."""
    at, row, case = clock.now(), *_locked(assessment)
    check_plans(by, case)
    if row.state == AssessmentState.DROPPED:
        return row
    policies.check_is_draft(row)
    row.save_changes(
        expected_version=expected_version, state=AssessmentState.DROPPED, corrects=None, sealed_content=b""
    )
    tell(case, EventKind.ASSESSMENT_DROPPED, by=by, at=at, facts=_facts(row))
    return row


@transaction.atomic
def finish_assessment_step(case: Case, step: StepDone, *, by: Staff) -> Case:
    """Finish a step that asks for an assessment.

    Raises NotPossible while no assessment by the step's instrument was finished since the step began; else what
    `cases.services.complete_step` raises."""
    case = locked(case)
    check_works(by, case)
    check_open(case)
    check_step_is(case, step, StepWork.ASSESSMENT)
    check_was_assessed(case, step.step_id)
    finish_step(case, step, StepWork.ASSESSMENT, by=by)
    case.refresh_from_db()
    return case


def check_was_assessed(case: Case, step_id: str) -> None:
    """Raises NotPossible while the step waits for an assessment by its instrument."""
    running = process.current_run(case)
    instrument_id = running.plan_of(step_id).instrument
    since = next((step.since for step in running.waiting if step.id == step_id), None)
    if instrument_id is None or since is None:
        return
    done = Assessment.objects.filter(case=case, instrument=instrument_id, state=AssessmentState.FINISHED)
    if not done.filter(finished_at__gte=since).exists():
        title = pack_in_force().instruments[instrument_id].title if instrument_id in pack_in_force().instruments else ""
        raise NotPossible(f"Finish an assessment by “{title or instrument_id}” first: this step began without one.")


def _draft_of(case: Case, instrument_id: str) -> Assessment | None:
    rows = Assessment.objects.filter(case=case, instrument=instrument_id, state=AssessmentState.DRAFT)
    return one_or_none(rows)


def _begun(row: Assessment, content: AssessmentDraft, *, by: Staff, at: datetime) -> Assessment:
    row.sealed_content = _sealed(row, row.case, content)
    row.save(force_insert=True)
    tell(row.case, EventKind.ASSESSMENT_BEGUN, by=by, at=at, facts=_facts(row))
    return row


def _locked(assessment: Assessment) -> tuple[Assessment, Case]:
    """The assessment with its case, both locked, the case first as everywhere."""
    case = locked_by_id(assessment.case_id)
    return Assessment.objects.select_for_update().get(pk=assessment.pk), case


def _ready(assessment: Assessment, by: Staff, expected_version: int) -> tuple[Assessment, Case]:
    row, case = _locked(assessment)
    check_plans(by, case)
    check_open(case)
    policies.check_is_draft(row)
    if row.version != expected_version:
        raise Conflict(CHANGED, theirs={**_shown(row, _content(row, case)), "version": row.version})
    return row, case


def _shown(row: Assessment, content: AssessmentDraft) -> dict[str, object]:
    """The draft as forms name its fields: what the other person saved, beside what one wrote."""
    levels = {level.id: level.label for level in instruments.version_of(row)[1].levels}
    found: dict[str, object] = {"summary": content.summary}
    for item, rating in content.ratings.items():
        found[f"level_{item}"] = levels.get(rating.level, rating.level)
        found[f"words_{item}"] = rating.narrative
    return found


def _content(row: Assessment, case: Case) -> AssessmentDraft:
    return instruments.content_in(envelope.unseal(row, "sealed_content", key_id=case.key_id))


def _sealed(row: Assessment, case: Case, content: AssessmentDraft) -> bytes:
    return envelope.seal(row, "sealed_content", instruments.content_out(content), key_id=case.key_id)


def _facts(row: Assessment) -> dict[str, str | int | bool | None]:
    return {"instrument": row.instrument, "version_of_instrument": row.instrument_version}
