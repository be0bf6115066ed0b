"""One piece of support: planned, changed, moved on, with its sessions; and a provider's own list."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotFound
from counterpoint.cases import selectors as cases
from counterpoint.desk.cases import wording
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.desk.support import forms
from counterpoint.desk.support.shown import show_form
from counterpoint.support import selectors, services
from counterpoint.support.types import (
    Attendance,
    InterventionKind,
    InterventionState,
    NewIntervention,
    ServiceAnswer,
)
from counterpoint.support.views import InterventionView

_MOVES = {
    InterventionState.OFFERED: ("It is offered again", "Offer it again"),
    InterventionState.ACCEPTED: ("It was accepted", "It was accepted"),
    InterventionState.NOT_ACCEPTED: ("It was not accepted", "It was not accepted"),
    InterventionState.RUNNING: ("It has begun", "It has begun"),
    InterventionState.ENDED: ("It has ended", "End it"),
}
_NEEDS_REASON = (InterventionState.NOT_ACCEPTED, InterventionState.ENDED)


@desk_page
def mine(request: HttpRequest) -> HttpResponse:
    """What the viewer, or their agency, provides now."""
    rows = selectors.interventions_given_to(viewer_of(request))
    return render(request, "desk/support/mine.html", {"rows": rows})


@desk_page
def add(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    form = bind(forms.InterventionForm, request, providers=selectors.possible_providers(viewer, case_id))
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.add_intervention(case, _new(form), by=viewer, submission=form.cleaned_data["submission"])
            messages.success(request, "The support is planned.")
            return redirect("desk:case_support", case_id=case_id)
    heading = cases.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Plan support", submit="Add it", back="desk:case_support")


@desk_page
def intervention(request: HttpRequest, *, case_id: UUID, intervention_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    heading, _, view = selectors.intervention_for(viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id))
    whole = selectors.support_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    context = {"one": view, "lacking": whole.lacking, "withdrawn": whole.withdrawn, "moves": _MOVES}
    return show(request, heading, "support/intervention", context)


@desk_page
def change(request: HttpRequest, *, case_id: UUID, intervention_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    heading, row, view = selectors.intervention_for(
        viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id)
    )
    form = bind(
        forms.InterventionChangeForm,
        request,
        providers=selectors.possible_providers(viewer, case_id),
        view=view,
        initial=_as_it_is(view),
    )
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.change_intervention(row, _new(form), by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The support is changed.")
            return redirect("desk:case_intervention", case_id=case_id, intervention_id=intervention_id)
    return show_form(
        request,
        heading,
        form,
        title="Change the support",
        submit="Save",
        back="desk:case_intervention",
        intervention_id=intervention_id,
    )


@desk_page
def move(request: HttpRequest, *, case_id: UUID, intervention_id: UUID, to: str) -> HttpResponse:
    """Accepted, not accepted, begun, ended, or offered again."""
    if to not in InterventionState.values:
        raise NotFound("There is no such state.")
    state = InterventionState(to)
    viewer = viewer_of(request)
    heading, row, view = selectors.intervention_for(
        viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id)
    )
    wanted = forms.MoveWithReasonForm if state in _NEEDS_REASON else forms.MoveForm
    form = bind(wanted, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.move_intervention(
                row, state, on=given["on"], why=given["why"], by=viewer, expected_version=given["version"]
            )
            messages.success(request, f"Recorded: {state.label.lower()}.")
            return redirect("desk:case_intervention", case_id=case_id, intervention_id=intervention_id)
    title, submit = _MOVES[state]
    return show_form(
        request,
        heading,
        form,
        title=title,
        submit=submit,
        back="desk:case_intervention",
        intro=(view.title,),
        intervention_id=intervention_id,
    )


@desk_page
def offer(request: HttpRequest, *, case_id: UUID, intervention_id: UUID) -> HttpResponse:
    """The provider's own answer to what was offered to them."""
    viewer = viewer_of(request)
    heading, row, view = selectors.intervention_for(
        viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id)
    )
    form = bind(forms.OfferForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.answer_offer(
                row,
                InterventionState(given["answer"]),
                why=given["why"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "Your answer is recorded. The lead officer of the case was told.")
            return redirect("desk:case_intervention", case_id=case_id, intervention_id=intervention_id)
    until = f" to {wording.day_words(view.until_on.isoformat())}" if view.until_on else ""
    return show_form(
        request,
        heading,
        form,
        title="Answer the offer",
        submit="Send the answer",
        back="desk:case_intervention",
        intro=(
            f"{view.title}, from {wording.day_words(view.from_on.isoformat())}{until}.",
            f"What it should come to: {view.goals}",
        ),
        intervention_id=intervention_id,
    )


@desk_page
def answer(request: HttpRequest, *, case_id: UUID, intervention_id: UUID) -> HttpResponse:
    """Whether the service took the person on."""
    viewer = viewer_of(request)
    heading, row, view = selectors.intervention_for(
        viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id)
    )
    form = bind(forms.ServiceAnswerForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.record_service_answer(
                row,
                ServiceAnswer(given["answer"]),
                on=given["on"],
                reason=given["reason"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "The answer of the service is recorded.")
            return redirect("desk:case_intervention", case_id=case_id, intervention_id=intervention_id)
    return show_form(
        request,
        heading,
        form,
        title="What the service answered",
        submit="Record",
        back="desk:case_intervention",
        intro=(view.title,),
        intervention_id=intervention_id,
    )


@desk_page
def session(request: HttpRequest, *, case_id: UUID, intervention_id: UUID) -> HttpResponse:
    """One meeting or contact: for who does the casework, and for the provider."""
    viewer = viewer_of(request)
    heading, row, view = selectors.intervention_for(
        viewer, case_id, intervention_id, purpose=purpose_of(viewer, case_id)
    )
    form = bind(forms.SessionForm, request)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.log_session(
                row,
                held_on=given["held_on"],
                attendance=Attendance(given["attendance"]),
                note=given["note"],
                by=viewer,
                submission=given["submission"],
            )
            messages.success(request, "The session is logged.")
            return redirect("desk:case_intervention", case_id=case_id, intervention_id=intervention_id)
    return show_form(
        request,
        heading,
        form,
        title="Log a session",
        submit="Log it",
        back="desk:case_intervention",
        intro=(view.title,),
        intervention_id=intervention_id,
    )


def _new(form: forms.InterventionFields) -> NewIntervention:
    given = form.cleaned_data
    sort, _, row_id = given["provider"].partition(":")
    return NewIntervention(
        kind=InterventionKind(given["kind"]),
        title=given["title"],
        goals=given["goals"],
        from_on=given["from_on"],
        until_on=given["until_on"],
        agency_id=UUID(row_id) if sort == "agency" else None,
        staff_id=UUID(row_id) if sort == "staff" else None,
        service=given["service"],
    )


def _as_it_is(view: InterventionView) -> dict[str, object]:
    return {
        "version": view.version,
        "kind": view.kind.value,
        "title": view.title,
        "goals": view.goals,
        "provider": forms.provider_code(view),
        "service": view.service,
        "from_on": view.from_on,
        "until_on": view.until_on,
    }
