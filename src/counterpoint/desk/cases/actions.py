"""Actions of a case: add, change, finish, drop."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.cases import selectors, services
from counterpoint.cases.types import ActionKind, ActionOutcome, NewAction
from counterpoint.cases.views import ActionView
from counterpoint.desk.cases import forms
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show_form
from counterpoint.desk.shell.pages import bind, desk_page


@desk_page
def add(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.ActionForm, request)
    forms.set_choices(form, "owner", selectors.possible_owners(viewer, case_id))
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.add_action(case, _action_of(form), by=viewer)
            messages.success(request, "The action is added.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Add an action", submit="Add it")


@desk_page
def change(request: HttpRequest, *, case_id: UUID, action_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, view = selectors.action_for(viewer, case_id, action_id, purpose=purpose_of(viewer, case_id))
    form = bind(forms.ActionChangeForm, request, initial=_as_it_is(view))
    owners = dict(selectors.possible_owners(viewer, case_id))
    forms.set_choices(form, "owner", {**owners, view.owner_code: view.owner}.items())
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.change_action(row, _action_of(form), by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The action is changed.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Change an action", submit="Save")


@desk_page
def finish(request: HttpRequest, *, case_id: UUID, action_id: UUID) -> HttpResponse:
    """For who works on the case, and for the partner whose action it is."""
    viewer = viewer_of(request)
    row, view = selectors.action_for(viewer, case_id, action_id, purpose=purpose_of(viewer, case_id))
    form = bind(forms.ActionFinishForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.finish_action(
                row,
                outcome=ActionOutcome(given["outcome"]),
                why=given["why"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "The action is finished.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Finish an action", submit="Finish it", intro=(view.title,))


@desk_page
def drop(request: HttpRequest, *, case_id: UUID, action_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, view = selectors.action_for(viewer, case_id, action_id, purpose=purpose_of(viewer, case_id))
    form = bind(forms.ActionDropForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.drop_action(row, why=given["why"], by=viewer, expected_version=given["version"])
            messages.success(request, "The action is dropped.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Drop an action", submit="Drop it", intro=(view.title,))


def _action_of(form: forms.ActionForm) -> NewAction:
    given = form.cleaned_data
    kind, _, owner_id = given["owner"].partition(":")
    return NewAction(
        kind=ActionKind(given["kind"]),
        title=given["title"],
        detail=given["detail"],
        due_on=given["due_on"],
        owner_id=UUID(owner_id) if kind == "staff" else None,
        owner_agency_id=UUID(owner_id) if kind == "agency" else None,
    )


def _as_it_is(view: ActionView) -> dict[str, object]:
    return {
        "version": view.version,
        "title": view.title,
        "kind": view.kind.value,
        "owner": view.owner_code,
        "due_on": view.due_on,
        "detail": view.detail,
    }
