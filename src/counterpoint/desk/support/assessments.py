"""Assessments of a case: written, finished, corrected, and side by side over time."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotPossible
from counterpoint.cases import selectors as cases
from counterpoint.cases.views import CaseHeading
from counterpoint.desk.cases.forms import problems_on, step_form
from counterpoint.desk.cases.shown import purpose_of, show
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.desk.support import forms
from counterpoint.desk.support.shown import show_form
from counterpoint.support import selectors, services
from counterpoint.support.services.steps import StepDone
from counterpoint.support.types import AssessmentState
from counterpoint.support.views import AssessmentView

FINISH = "finish"


@desk_page
def assessments(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.assessments_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    finished = {each.instrument.id: each.instrument for each in view.assessments if each.state == "finished"}
    drafts = {each.instrument.id: each for each in view.assessments if each.state == "draft"}
    context = {"view": view, "finished": finished, "drafts": drafts}
    return show(request, view.heading, "support/assessments", context)


@require_POST
@desk_page
def begin(request: HttpRequest, *, case_id: UUID, instrument: str) -> HttpResponse:
    viewer = viewer_of(request)
    row = services.begin_assessment(cases.case_row(viewer, case_id), instrument, by=viewer)
    return redirect("desk:case_assessment", case_id=case_id, assessment_id=row.pk)


@desk_page
def assessment(request: HttpRequest, *, case_id: UUID, assessment_id: UUID) -> HttpResponse:
    """A draft to write on, for who does the casework; else what was found."""
    viewer = viewer_of(request)
    heading, row, view = selectors.assessment_for(viewer, case_id, assessment_id, purpose=purpose_of(viewer, case_id))
    if view.state is not AssessmentState.DRAFT or not (heading.may_work and heading.is_open):
        return show(request, heading, "support/assessment", {"view": view})
    initial = {"version": view.version, **forms.AssessmentForm.initial_of(view.content)}
    form = bind(forms.AssessmentForm, request, version=view.instrument_version, initial=initial)
    if form.is_bound and form.is_valid():
        finishes = request.POST.get("then") == FINISH
        if not finishes or form.is_complete():
            with problems_on(form):
                act = services.finish_assessment if finishes else services.save_draft
                act(row, form.content(), by=viewer, expected_version=form.cleaned_data["version"])
                messages.success(request, "The assessment is finished." if finishes else "The draft is saved.")
                return redirect("desk:case_assessments", case_id=case_id)
    return _draft_page(request, heading, view, form)


@require_POST
@desk_page
def correct(request: HttpRequest, *, case_id: UUID, assessment_id: UUID) -> HttpResponse:
    """A new draft that begins with what was found."""
    viewer = viewer_of(request)
    _, row, _ = selectors.assessment_for(viewer, case_id, assessment_id, purpose=purpose_of(viewer, case_id))
    again = services.correct_assessment(row, by=viewer)
    return redirect("desk:case_assessment", case_id=case_id, assessment_id=again.pk)


@desk_page
def drop(request: HttpRequest, *, case_id: UUID, assessment_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    heading, row, view = selectors.assessment_for(viewer, case_id, assessment_id, purpose=purpose_of(viewer, case_id))
    form = bind(VersionedForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.drop_draft(row, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The draft is dropped.")
            return redirect("desk:case_assessments", case_id=case_id)
    return show_form(
        request,
        heading,
        form,
        title="Drop the draft",
        submit="Drop it",
        back="desk:case_assessments",
        intro=("What was written in it is deleted.",),
    )


@desk_page
def over_time(request: HttpRequest, *, case_id: UUID, instrument: str) -> HttpResponse:
    """What was found at each time, side by side, in words."""
    viewer = viewer_of(request)
    view = selectors.change_for(viewer, case_id, instrument, purpose=purpose_of(viewer, case_id))
    return show(request, view.heading, "support/change", {"view": view})


@desk_page
def step(request: HttpRequest, *, case_id: UUID, step_id: str) -> HttpResponse:
    """The step that asks for an assessment: its form, once one was finished since the step began."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    view = selectors.assessments_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    found = next(((waiting, done) for waiting, _, done in view.steps if waiting.id == step_id), None)
    if found is None:
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    waiting, done = found
    form = bind(step_form(waiting.form), request, initial={"version": case.version})
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        with problems_on(form):
            services.finish_assessment_step(case, StepDone(step_id, values, version), by=viewer)
            messages.success(request, f"“{waiting.name}” is finished.")
            return redirect("desk:case", case_id=case_id)
    lacking = "" if done else "An assessment comes first: none was finished since this step began."
    return show_form(
        request,
        view.heading,
        form,
        title=waiting.name,
        submit="Finish this step",
        back="desk:case_assessments",
        intro=(waiting.help, lacking),
    )


def _draft_page(
    request: HttpRequest, heading: CaseHeading, view: AssessmentView, form: forms.AssessmentForm
) -> HttpResponse:
    context = {"view": view, "form": form, "level": forms.LEVEL, "words": forms.WORDS}
    return show(request, heading, "support/draft", context)
