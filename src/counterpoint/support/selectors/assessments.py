"""Assessments of a case, one by one and side by side. In words: nothing here counts, weighs or orders anything."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_reads
from counterpoint.access.types import Section, SubjectKind
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import heading_for
from counterpoint.cases.selectors.heading import record_read
from counterpoint.cases.views import CaseHeading
from counterpoint.kernel.instruments import changes_between
from counterpoint.support import instruments
from counterpoint.support.models import Assessment
from counterpoint.support.permissions import check_reads_all
from counterpoint.support.selectors.steps import waiting_with_instrument
from counterpoint.support.types import AssessmentState
from counterpoint.support.views import AssessmentsView, AssessmentView, ChangeView, ItemOverTime


@transaction.atomic
def assessments_for(viewer: Staff, case_id: UUID, *, purpose: str) -> AssessmentsView:
    """Every assessment of the case, the latest first, without what was dropped; and what waits for one.

    Raises NotFound; NotAllowed for partners. Audited."""
    heading, case = _heading(viewer, case_id)
    rows = _rows(case).exclude(state=AssessmentState.DROPPED).order_by("-begun_at", "-id")
    views = _views(case, list(rows))
    record_read(viewer, heading, part="assessments", purpose=purpose, detail={"assessments": len(views)})
    steps = waiting_with_instrument(viewer, case_id) if heading.is_open else ()
    return AssessmentsView(
        heading=heading,
        instruments=tuple(instruments.in_force()),
        assessments=views,
        steps=tuple((step, instrument, _is_done(views, instrument, step.since)) for step, instrument in steps),
        may_assess=heading.may_work and heading.is_open,
    )


@transaction.atomic
def assessment_for(
    viewer: Staff, case_id: UUID, assessment_id: UUID, *, purpose: str
) -> tuple[CaseHeading, Assessment, AssessmentView]:
    """One assessment: the row for a service to change, and what it says. Raises NotFound; NotAllowed for partners.
    Audited."""
    heading, case = _heading(viewer, case_id)
    row = one_or_none(_rows(case).filter(pk=assessment_id))
    if row is None:
        raise NotFound("There is no such assessment, or it is not yours to see.")
    record_read(viewer, heading, part="assessment", purpose=purpose, detail={"assessments": 1})
    return heading, row, _views(case, [row])[0]


@transaction.atomic
def change_for(viewer: Staff, case_id: UUID, instrument_id: str, *, purpose: str) -> ChangeView:
    """The finished assessments by one instrument side by side, oldest first; those that were corrected left out.

    Raises NotFound, also where there is none; NotAllowed for partners. Audited."""
    heading, case = _heading(viewer, case_id)
    rows = _rows(case).filter(instrument=instrument_id, state=AssessmentState.FINISHED)
    views = _views(case, list(rows.order_by("finished_at", "id")))
    if not views:
        raise NotFound("No assessment by this instrument is finished yet.")
    record_read(viewer, heading, part="assessments", purpose=purpose, detail={"assessments": len(views)})
    return ChangeView(
        heading=heading,
        instrument=views[-1].instrument,
        assessments=views,
        dimensions=tuple(_dimensions(views)),
    )


@transaction.atomic
def latest_assessments(viewer: Staff, case_id: UUID, *, purpose: str) -> tuple[AssessmentView, ...]:
    """The latest finished assessment by each instrument, by its title: also for an agency that was given this section.

    Raises NotFound; NotAllowed for an agency that was not given it. Audited."""
    heading = heading_for(viewer, case_id)
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id, section=Section.ASSESSMENTS)
    case = Case.objects.get(pk=case_id)
    latest: dict[str, Assessment] = {}
    for row in _rows(case).filter(state=AssessmentState.FINISHED).order_by("-finished_at", "-id"):
        latest.setdefault(row.instrument, row)
    detail: dict[str, str | int] = {"sections": Section.ASSESSMENTS.value, "assessments": len(latest)}
    record_read(viewer, heading, part="assessments", purpose=purpose, detail=detail)
    return tuple(sorted(_views(case, list(latest.values())), key=lambda view: view.instrument.title))


def _heading(viewer: Staff, case_id: UUID) -> tuple[CaseHeading, Case]:
    heading = heading_for(viewer, case_id)
    check_reads_all(heading.relation)
    return heading, Case.objects.get(pk=case_id)


def _rows(case: Case) -> QuerySet[Assessment]:
    return Assessment.objects.filter(case=case).select_related("begun_by", "finished_by")


def _views(case: Case, rows: list[Assessment]) -> tuple[AssessmentView, ...]:
    opened = envelope.unseal_all([(row, "sealed_content") for row in rows], key_id=case.key_id)
    return tuple(_view(row, opened.get((row.pk, "sealed_content"))) for row in rows)


def _view(row: Assessment, opened: Any) -> AssessmentView:
    instrument, version = instruments.version_of(row)
    return AssessmentView(
        id=row.pk,
        version=row.version,
        state=AssessmentState(row.state),
        instrument=instrument,
        instrument_version=version,
        content=instruments.content_in(opened),
        is_erased=opened is None and bool(bytes(row.sealed_content)),
        begun_by=row.begun_by.name,
        begun_at=row.begun_at,
        finished_by=row.finished_by.name if row.finished_by else "",
        finished_at=row.finished_at,
        corrects=row.corrects_id,
    )


def _is_done(views: Sequence[AssessmentView], instrument: str, since: datetime | None) -> bool:
    finished = (each for each in views if each.state is AssessmentState.FINISHED and each.instrument.id == instrument)
    return any(each.finished_at is not None and since is not None and each.finished_at >= since for each in finished)


def _dimensions(views: tuple[AssessmentView, ...]) -> Iterator[tuple[str, tuple[ItemOverTime, ...]]]:
    """By the latest version; items that only an earlier version had come last."""
    latest = views[-1].instrument_version
    known = {item.id for item in latest.items}
    for dimension in latest.dimensions:
        yield dimension.title, tuple(_over_time(item.id, item.label, views) for item in dimension.items)
    gone: dict[str, str] = {}
    for view in views:
        gone |= {item.id: item.label for item in view.instrument_version.items if item.id not in known}
    if gone:
        yield "Asked by an earlier version only", tuple(_over_time(*each, views) for each in gone.items())


def _over_time(item_id: str, label: str, views: tuple[AssessmentView, ...]) -> ItemOverTime:
    found = []
    for place, view in enumerate(views):
        before = views[place - 1].content.ratings if place else view.content.ratings
        changes = changes_between(view.instrument_version, before, view.content.ratings)
        is_other = any(change.item_id == item_id and change.is_other_level for change in changes)
        found.append((view.level_of(item_id), view.words_of(item_id), is_other))
    return ItemOverTime(item_id, label, tuple(found))
