"""How a case ends: the outcome, what the reporter is told, closing, and opening again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.base import clock
from counterpoint.cases import policies, selectors, services
from counterpoint.cases.types import Impact
from counterpoint.cases.views import OutcomeView
from counterpoint.desk.cases import forms
from counterpoint.desk.cases.forms import NEED, problems_on
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page


@desk_page
def ending(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.ending_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    return show(request, view.heading, "ending", {"view": view})


@desk_page
def outcome(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    view = selectors.ending_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    reasons = policies.closure_reasons(at=clock.now())
    initial = {"version": case.version, **_as_it_is(view.runs[0].outcome)}
    form = bind(forms.OutcomeForm, request, reasons=reasons, initial=initial)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.record_outcome(
                case,
                text=given["text"],
                impact=Impact(given["impact"]),
                reason_id=given["reason_id"],
                needs=form.needs(),
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "The outcome is recorded.")
            return redirect("desk:case_ending", case_id=case_id)
    return show_form(
        request, view.heading, form, title="Record the outcome", submit="Record it", back="desk:case_ending"
    )


@desk_page
def feedback(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Tell the reporters what may be told, or withhold it with a reason."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    words = selectors.usual_words_for(viewer, case_id)
    form = bind(forms.FeedbackForm, request, initial={"version": case.version, "text": words})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        tells = given["telling"] == "tell"
        with problems_on(form):
            if tells:
                services.send_feedback(case, text=given["text"], by=viewer, expected_version=given["version"])
            else:
                services.withhold_feedback(case, reason=given["reason"], by=viewer, expected_version=given["version"])
            messages.success(request, "The reporter is told." if tells else "It is recorded why nothing is told.")
            return redirect("desk:case_ending", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="Tell the reporter",
        submit="Record",
        back="desk:case_ending",
        intro=("The reporter of each referral of the case is told the same.",),
    )


@desk_page
def keep_feedback(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """What the reporter was told still holds. By a POST; a GET leads back and changes nothing."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(VersionedForm, request)
    if form.is_valid():
        services.keep_feedback(case, by=viewer, expected_version=form.cleaned_data["version"])
        messages.success(request, "What the reporter was told still holds.")
    return redirect("desk:case_ending", case_id=case_id)


@desk_page
def close(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    view = selectors.ending_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    proposed = view.runs[0].outcome.reason_id if view.runs[0].outcome else None
    form = bind(forms.CloseForm, request, initial={"version": case.version, "reason_id": proposed})
    reasons = policies.closure_reasons(at=clock.now())
    forms.set_choices(form, "reason_id", [(reason.id, reason.label) for reason in reasons])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.close_case(case, reason_id=given["reason_id"], by=viewer, expected_version=given["version"])
            messages.success(request, "The case is closed.")
            return redirect("desk:case", case_id=case_id)
    intro = (
        ("You are not its lead officer: by closing it you agree to it as the second person.",) if view.agrees else ()
    )
    return show_form(
        request,
        view.heading,
        form,
        title="Close the case",
        submit="Close it",
        back="desk:case_ending",
        intro=(*intro, *view.missing),
        is_serious=True,
    )


@desk_page
def reopen(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.ReopenForm, request, initial={"version": case.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.reopen_case(case, reason=given["reason"], by=viewer, expected_version=given["version"])
            messages.success(request, "The case is open again. What was recorded before stays.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="Open the case again",
        submit="Open it again",
        back="desk:case_ending",
        intro=("The process begins anew beside the earlier one; an outcome and feedback of its own are needed.",),
    )


def _as_it_is(view: OutcomeView | None) -> dict[str, object]:
    """What the form begins with: the outcome as recorded before, if there is one."""
    if view is None:
        return {}
    needs = {NEED + name: text for name, text in view.needs_by_id.items()}
    return {"text": view.text, "impact": view.impact.value, "reason_id": view.reason_id, **needs}
