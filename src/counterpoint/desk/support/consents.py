"""The consents of a case: what became of each, recorded and withdrawn."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotFound
from counterpoint.cases import selectors as cases
from counterpoint.cases.views import WaitingStep
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.desk.support import forms
from counterpoint.desk.support.shown import show_form, step_to_finish
from counterpoint.support import consenting, selectors, services
from counterpoint.support.views import ConsentOfKind, ConsentsView


@desk_page
def consents(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.consents_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    withdrawing = {
        each.kind.id: forms.WithdrawForm(
            kind=each.kind, initial={"giver": each.latest.giver if each.latest else ""}, auto_id=f"{each.kind.id}-%s"
        )
        for each in view.consents
        if each.is_given
    }
    context = {
        "view": view,
        "withdrawing": withdrawing,
        "words_for": consenting.words_for,
        "for_step": {kind.id for kind in consenting.kinds_for_steps()} if step_to_finish(view.step) else set(),
    }
    return show(request, view.heading, "support/consents", context)


@desk_page
def record(request: HttpRequest, *, case_id: UUID, kind: str) -> HttpResponse:
    """What became of one consent; and the step of the process that asks for it."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    view = selectors.consents_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    one = _kind(view, kind)
    step = _step(view, one)
    number = one.latest.number if one.latest is not None else 0
    initial = {"version": number, "step_version": case.version}
    form = bind(forms.ConsentForm, request, kind=one.kind, step=step, initial=initial)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            done = form.step_done()
            services.record_consent(
                case, kind, form.given(), by=viewer, expected_number=form.cleaned_data["version"], step=done
            )
            messages.success(request, f"Recorded. “{step.name}” is finished." if step and done else "Recorded.")
            return redirect("desk:case_consents", case_id=case_id)
    context = {"consent": one, "form": form, "step": step, "words_for": consenting.words_for}
    return show(request, view.heading, "support/consent", context)


@desk_page
def withdraw(request: HttpRequest, *, case_id: UUID, kind: str) -> HttpResponse:
    """One button on the page of consents; here only where something did not fit."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    view = selectors.consents_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    one = _kind(view, kind)
    form = bind(forms.WithdrawForm, request, kind=one.kind, initial={"giver": one.latest.giver if one.latest else ""})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.withdraw_consent(case, kind, form.withdrawal(), by=viewer)
            messages.success(request, "It is recorded that the consent was withdrawn.")
            return redirect("desk:case_consents", case_id=case_id)
    return show_form(
        request,
        view.heading,
        form,
        title=f"Withdrawn: {one.kind.title}",
        submit="The consent is withdrawn",
        back="desk:case_consents",
        intro=("What rests on it stops. Whoever provides support is told.",),
    )


def _kind(view: ConsentsView, kind_id: str) -> ConsentOfKind:
    found = next((each for each in view.consents if each.kind.id == kind_id), None)
    if found is None:
        raise NotFound("The pack has no such consent.")
    return found


def _step(view: ConsentsView, one: ConsentOfKind) -> WaitingStep | None:
    """The step that recording this consent finishes."""
    step = step_to_finish(view.step)
    return step if step is not None and one.kind in consenting.kinds_for_steps() else None
