"""The agenda: put on it, left for later, put in order; the page of an item and its paper; the panel of a case."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotAllowed
from counterpoint.cases import selectors as cases
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.cases.shown import show
from counterpoint.desk.cases.wording import HOW_KNOWN
from counterpoint.desk.panels import forms
from counterpoint.desk.panels.shown import caption_of, show_form, to_meeting
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.panels import selectors, services
from counterpoint.panels.services.agenda import HOME_FORCE_KIND


@require_POST
@desk_page
def put(request: HttpRequest, *, meeting_id: UUID, case_id: UUID) -> HttpResponse:
    """Put a case on the agenda."""
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    services.put_on_agenda(selectors.meeting_row(viewer, meeting_id), case, by=viewer)
    messages.success(request, f"{case.reference} is on the agenda.")
    return redirect("desk:panel_meeting", meeting_id=meeting_id)


@desk_page
def leave(request: HttpRequest, *, meeting_id: UUID, case_id: UUID) -> HttpResponse:
    """Leave a case for a later meeting, with the reason."""
    viewer = viewer_of(request)
    meeting = selectors.meeting_row(viewer, meeting_id)
    heading = selectors.heading_of(viewer, meeting)
    case = cases.case_row(viewer, case_id)
    form = bind(forms.LeaveForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.leave_for_later(meeting, case, reason=form.cleaned_data["reason"], by=viewer)
            messages.success(request, f"{case.reference} is left for a later meeting.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    return show_form(
        request,
        form,
        title=f"Leave {case.reference} for later",
        submit="Leave it for later",
        back=to_meeting(heading),
        caption=caption_of(heading),
    )


@require_POST
@desk_page
def move(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """One place up or down: the form names the item that it should come before."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    form = bind(forms.MoveForm, request)
    if form.is_valid():
        other = selectors.item_row(viewer, meeting_id, form.cleaned_data["above"])
        services.move_item(row, above=other, by=viewer)
    return redirect(reverse("desk:panel_meeting", kwargs={"meeting_id": meeting_id}) + "#agenda")


@desk_page
def item(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """The paper, who is there for it, what is proposed and said, what was decided."""
    viewer = viewer_of(request)
    view = selectors.item_for(viewer, meeting_id, item_id)
    return render(request, "desk/panels/item.html", {"view": view, "heading": view.heading, "how_known": HOW_KNOWN})


@desk_page
def paper(request: HttpRequest, *, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    """The summary for the panel, and whose police must be there."""
    viewer = viewer_of(request)
    row = selectors.item_row(viewer, meeting_id, item_id)
    view = selectors.item_for(viewer, meeting_id, item_id)
    if not view.heading.may_prepare:
        raise NotAllowed("The summary is written by who prepares the meeting.")
    initial = {"version": row.version, "text": view.paper.summary or "", "home_force": str(row.home_force_id or "")}
    form = bind(forms.PaperForm, request, initial=initial)
    forces = selectors.police_of(viewer, view.heading.panel_id, kind=HOME_FORCE_KIND)
    set_choices(form, "home_force", [("", "Not known, or not on the panel"), *forces])
    if form.is_bound and form.is_valid():
        force_id = form.force_id()
        with problems_on(form):
            services.write_paper(
                row,
                text=form.cleaned_data["text"],
                home_force=selectors.agency_named(force_id) if force_id else None,
                by=viewer,
                expected_version=form.cleaned_data["version"],
            )
            messages.success(request, "The paper is saved.")
            return redirect("desk:panel_item", meeting_id=meeting_id, item_id=item_id)
    return show_form(
        request,
        form,
        title=f"Paper for {view.paper.reference}",
        submit="Save",
        back=reverse("desk:panel_item", kwargs={"meeting_id": meeting_id, "item_id": item_id}),
        caption=caption_of(view.heading),
    )


@desk_page
def of_case(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """At which meetings a case was or will be, and where it can be put; for who works on it."""
    viewer = viewer_of(request)
    heading = cases.heading_for(viewer, case_id)
    view = selectors.panels_of_case(viewer, case_id)
    return show(request, heading, "panels/of_case", {"view": view})
