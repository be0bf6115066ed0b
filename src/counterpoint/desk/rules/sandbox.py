"""The sandbox of a draft's processes: copies of cases, walked on by the draft."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from markupsafe import Markup

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases import sandbox
from counterpoint.cases.sandbox import MOST_TRIED, TrialView
from counterpoint.cases.steps import StepForm
from counterpoint.desk.cases.forms import problems_on, set_choices, step_form
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.kernel.processes import diagram
from counterpoint.rules import views

_STEP, _EVENT, _STAGE, _BACK = "step", "event", "stage", "back"


class ReferencesForm(DeskForm):
    references = forms.CharField(
        label="References of cases",
        help_text=f"One a line, at most {MOST_TRIED}. Reading them stays in the audit trail.",
        widget=forms.Textarea,
        max_length=1000,
    )

    def clean_references(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip()]


class BeginningForm(DeskForm):
    process = forms.ChoiceField(label="Which process?")


@desk_page
def page(request: HttpRequest, *, draft_id: UUID) -> HttpResponse:
    """The viewer's copies for this draft, and new ones."""
    viewer = viewer_of(request)
    draft = views.draft_for(viewer, draft_id)
    choices = sandbox.processes_to_try(viewer, draft_id)
    asks = request.POST.get("what", "") if request.method == "POST" else ""
    cases = bind(ReferencesForm, request) if asks == "cases" else ReferencesForm()
    beginning = bind(BeginningForm, request) if asks == "beginning" else BeginningForm()
    set_choices(beginning, "process", choices)
    if cases.is_bound and cases.is_valid():
        with problems_on(cases):
            rows = sandbox.copy_cases(draft_id, references=cases.cleaned_data["references"], by=viewer)
            if len(rows) == 1:
                return redirect("desk:rule_trial", draft_id=draft_id, trial_id=rows[0].pk)
            messages.success(request, f"{len(rows)} cases were copied. Nothing of it comes back to them.")
            return redirect("desk:rule_draft_sandbox", draft_id=draft_id)
    if beginning.is_bound and beginning.is_valid():
        row = sandbox.begin_trial(draft_id, process_id=beginning.cleaned_data["process"], by=viewer)
        return redirect("desk:rule_trial", draft_id=draft_id, trial_id=row.pk)
    context = {
        "draft": draft,
        "form": cases if cases.is_bound else beginning,
        "cases": cases,
        "beginning": beginning,
        "may_read": sandbox.can_try_cases(viewer),
        "trials": sandbox.trials_of(viewer, draft_id),
    }
    return render(request, "desk/rules/sandbox.html", context)


@desk_page
def trial(request: HttpRequest, *, draft_id: UUID, trial_id: UUID) -> HttpResponse:
    """Where the copy stands, and the next thing that could happen in it."""
    viewer = viewer_of(request)
    view = _of_draft(request, draft_id, trial_id)
    refused: forms.Form | None = None
    if request.method == "POST":
        refused = _walk(request, view)
        if refused is None:
            return redirect("desk:rule_trial", draft_id=draft_id, trial_id=trial_id)
    context = {
        "draft": views.draft_for(viewer, draft_id),
        "trial": view,
        "picture": Markup(diagram(view.process, view.state)),  # noqa: S704 - drawn and escaped by the kernel
        "step_forms": {one.id: _shown(refused, _STEP, one.id, one.form, view) for one in view.waiting},
        "event_forms": {one.id: _shown(refused, _EVENT, one.id, one.form, view) for one in view.expected},
        "form": refused,
    }
    return render(request, "desk/rules/trial.html", context)


@require_POST
@desk_page
def delete(request: HttpRequest, *, draft_id: UUID, trial_id: UUID) -> HttpResponse:
    _of_draft(request, draft_id, trial_id)
    sandbox.delete_trial(trial_id, by=viewer_of(request))
    messages.success(request, "The copy was deleted.")
    return redirect("desk:rule_draft_sandbox", draft_id=draft_id)


def _walk(request: HttpRequest, view: TrialView) -> forms.Form | None:
    """Do what was asked in the copy. Returns the form with what stands against it; None when it was done."""
    what, which = request.POST.get("what", ""), request.POST.get("which", "")
    asked = {_STEP: {one.id: one.form for one in view.waiting}, _EVENT: {one.id: one.form for one in view.expected}}
    if what in asked and which not in asked[what]:
        raise NotPossible("Nothing in the copy waits for this now. Look at where it stands.")
    asks = asked[what][which] if what in asked else StepForm(())
    form = bind(step_form(asks), request, prefix=_prefix(what, which))
    if not form.is_valid():
        return form
    values = dict(form.cleaned_data)
    how: dict[str, Any] = {"by": viewer_of(request), "expected_version": values.pop("version")}
    acts: Mapping[str, Callable[[], object]] = {
        _STEP: lambda: sandbox.take_step(view.id, which, values, **how),
        _EVENT: lambda: sandbox.let_come(view.id, which, values, **how),
        _STAGE: lambda: sandbox.reopen(view.id, which, **how),
        _BACK: lambda: sandbox.go_back(view.id, **how),
    }
    if what not in acts:
        raise NotPossible("The page was not complete. Open the copy again.")
    with problems_on(form):
        acts[what]()
    return form if form.errors else None


def _shown(refused: forms.Form | None, what: str, which: str, asks: StepForm, view: TrialView) -> forms.Form:
    prefix = _prefix(what, which)
    if refused is not None and refused.prefix == prefix:
        return refused
    return step_form(asks)(prefix=prefix, initial={"version": view.version})


def _prefix(what: str, which: str) -> str:
    return f"{what}-{which}"


def _of_draft(request: HttpRequest, draft_id: UUID, trial_id: UUID) -> TrialView:
    view = sandbox.trial_for(viewer_of(request), trial_id)
    if view.draft_id != draft_id:
        raise NotFound("There is no such copy of this draft.")
    return view
