"""The support of a case as a whole: plan, interventions, reviews."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotAllowed
from counterpoint.cases import selectors as cases
from counterpoint.cases.types import Impact
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.desk.support import forms
from counterpoint.desk.support.shown import show_form, step_to_finish
from counterpoint.support import selectors, services
from counterpoint.support.types import ReviewFindings


@desk_page
def support(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.support_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    context = {"view": view, "step": step_to_finish(view.step)}
    return show(request, view.heading, "support/support", context)


@desk_page
def plan(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """The plan in words; where the process waits for it, by the form of the step, which it finishes."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    view = selectors.support_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    if view.plans is None:
        raise NotAllowed("The plan is written by the agency that leads the case.")
    waiting = step_to_finish(view.step)
    latest = view.plans[0] if view.plans else None
    step = waiting.form if waiting is not None else None
    initial = {
        "version": latest.number if latest else 0,
        "text": latest.text if latest else "",
        "step_version": case.version,
    }
    form = bind(forms.PlanForm, request, step=step, initial=initial)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.make_plan(
                case,
                form.plan_text(step),
                by=viewer,
                expected_number=form.cleaned_data["version"],
                step=form.step_done(waiting),
            )
            messages.success(request, "The plan is recorded.")
            return redirect("desk:case_support", case_id=case_id)
    lacking = f"Not in force: {', '.join(view.lacking)}. Support can be planned, and not begin." if view.lacking else ""
    return show_form(
        request,
        view.heading,
        form,
        title=waiting.name if waiting is not None else "The support plan",
        submit="Record the plan",
        back="desk:case_support",
        intro=(waiting.help if waiting is not None else "", lacking),
    )


@desk_page
def review(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """What the panel found when it looked at the support."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    view = selectors.support_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    form = bind(forms.ReviewForm, request, interventions=view.interventions)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        findings = ReviewFindings(
            reviewed_on=given["reviewed_on"],
            outcomes=forms.what_came_of(given),
            impact=Impact(given["impact"]),
            text=given["text"],
        )
        with problems_on(form):
            services.record_review(case, findings, by=viewer, submission=given["submission"])
            messages.success(request, "The review is recorded.")
            return redirect("desk:case_support", case_id=case_id)
    return show_form(
        request,
        view.heading,
        form,
        title="Record what the panel found",
        submit="Record",
        back="desk:case_support",
        intro=("A judgement of the support, not of the person. Earlier reviews stay beside it.",),
    )
