"""A case and its process: going on by the version in force, and opening a stage again."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from markupsafe import Markup

from counterpoint.access.gate import viewer_of
from counterpoint.cases import selectors
from counterpoint.cases.selectors import moving
from counterpoint.cases.services.moving import move_case, reopen_stage
from counterpoint.cases.steps import MAX_TEXT
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.kernel.processes import diagram, diagram_in_words, difference_diagram


class MoveForm(VersionedForm):
    pass


class StageForm(VersionedForm):
    stage = forms.ChoiceField(label="Which stage?", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why is it opened again?",
        help_text="What is new, and how you know. It stays on the timeline of the case.",
        widget=forms.Textarea,
        max_length=MAX_TEXT,
    )


@desk_page
def move(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Where the case would stand in the version in force, or every reason why it stays; and the button."""
    viewer = viewer_of(request)
    view = moving.version_of_case(viewer, case_id, purpose=purpose_of(viewer, case_id))
    form = bind(MoveForm, request, initial={"version": view.case.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            move_case(view.case, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The case goes on by the version in force.")
            return redirect("desk:case", case_id=case_id)
    is_drawn = view.process is not None and view.before.hash != view.process.hash
    has_way = view.process is not None and view.after is not None and not view.is_current
    context = {
        "view": view,
        "form": form,
        "difference": Markup(difference_diagram(view.before, view.process)) if is_drawn and view.process else "",  # noqa: S704 - drawn and escaped by the kernel
        "picture": Markup(diagram(view.process, view.after)) if has_way and view.process else "",  # noqa: S704 - as above
        "steps": diagram_in_words(view.process, view.after) if has_way and view.process else (),
    }
    return show(request, selectors.heading_for(viewer, case_id), "moving_version", context)


@desk_page
def reopen(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    stages = moving.stages_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    case = selectors.case_row(viewer, case_id)
    form = bind(StageForm, request, initial={"version": case.version})
    set_choices(form, "stage", stages)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            reopen_stage(case, given["stage"], reason=given["reason"], by=viewer, expected_version=given["version"])
            messages.success(request, "The stage is open again. What was recorded before stays.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    if not stages:
        return show(request, heading, "moving_no_stage", {})
    return show_form(
        request,
        heading,
        form,
        title="Open a stage again",
        submit="Open it again",
        intro=("All that waits now is set aside, and the stage begins anew. What was recorded before stays.",),
        is_serious=True,
    )
