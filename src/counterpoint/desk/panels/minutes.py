"""Minutes: drafted, edited, approved; read, printed, and saved as a file."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotAllowed
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.panels import forms
from counterpoint.desk.panels.shown import caption_of, show_form
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.panels import selectors, services
from counterpoint.panels.documents import MEDIA_TYPE, minutes_as_docx

_PURPOSE = "panel"


@require_POST
@desk_page
def draft(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row = services.draft_minutes(selectors.meeting_row(viewer, meeting_id), by=viewer)
    messages.success(request, "The minutes are drafted from what was recorded.")
    return redirect("desk:panel_minutes", meeting_id=meeting_id, number=row.number)


@desk_page
def minutes(request: HttpRequest, *, meeting_id: UUID, number: int) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.minutes_for(viewer, meeting_id, number, purpose=_PURPOSE)
    return render(request, "desk/panels/minutes.html", {"view": view, "heading": view.heading})


@desk_page
def as_document(request: HttpRequest, *, meeting_id: UUID, number: int) -> HttpResponse:
    """The minutes alone, to be printed."""
    viewer = viewer_of(request)
    view = selectors.minutes_for(viewer, meeting_id, number, purpose=_PURPOSE, action="printed")
    return render(request, "desk/panels/minutes_document.html", {"view": view})


@desk_page
def save_copy(request: HttpRequest, *, meeting_id: UUID, number: int) -> HttpResponse:
    """The minutes as a file, once it is said what for. Its name gives nobody away."""
    viewer = viewer_of(request)
    row = selectors.minutes_row(viewer, meeting_id, number)
    heading = selectors.heading_of(viewer, selectors.meeting_row(viewer, meeting_id))
    form = bind(forms.CopyForm, request)
    if form.is_bound and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        view = selectors.minutes_for(viewer, meeting_id, number, purpose=purpose, action="saved")
        name = f"panel-minutes-{forms.local_day(heading.starts_at).isoformat()}-{row.number}.docx"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(minutes_as_docx(view), content_type=MEDIA_TYPE, headers=headers)
    intro = (
        f"The file is made for you, {viewer.name}, {viewer.agency.name}: it holds what you may read, and says so.",
        "That you saved it is recorded, with what for.",
        "A saved file is not erased with a case. Delete it when you do not need it any more.",
    )
    return show_form(
        request,
        form,
        title="Save the minutes as a Word file",
        submit="Save",
        back=_to_minutes(meeting_id, number),
        caption=caption_of(heading),
        intro=intro,
    )


@desk_page
def summary(request: HttpRequest, *, meeting_id: UUID, number: int) -> HttpResponse:
    viewer = viewer_of(request)
    row, text = selectors.summary_for(viewer, meeting_id, number)
    heading = selectors.heading_of(viewer, selectors.meeting_row(viewer, meeting_id))
    form = bind(forms.TextForm, request, initial={"version": row.version, "text": text})
    form.fields["text"].label = "Summary of the meeting"
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.edit_summary(row, text=given["text"], by=viewer, expected_version=given["version"])
            messages.success(request, "The summary is saved.")
            return redirect("desk:panel_minutes", meeting_id=meeting_id, number=number)
    return show_form(
        request,
        form,
        title="Summary of the meeting",
        submit="Save",
        back=_to_minutes(meeting_id, number),
        caption=caption_of(heading),
        intro=("Everybody on the panel reads this, also those who were not given some cases. Name no case here.",),
    )


@desk_page
def item_text(request: HttpRequest, *, meeting_id: UUID, number: int, item_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    row, text = selectors.minutes_item_for(viewer, meeting_id, number, item_id)
    heading = selectors.heading_of(viewer, selectors.meeting_row(viewer, meeting_id))
    form = bind(forms.TextForm, request, initial={"version": row.version, "text": text})
    form.fields["text"].label = "What the minutes say of this case"
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.edit_item_text(row, text=given["text"], by=viewer, expected_version=given["version"])
            messages.success(request, "The text is saved.")
            return redirect("desk:panel_minutes", meeting_id=meeting_id, number=number)
    return show_form(
        request,
        form,
        title=f"Minutes of {row.item.case.reference}",
        submit="Save",
        back=_to_minutes(meeting_id, number),
        caption=caption_of(heading),
        intro=("Beside what was recorded of it. Read by those who may know of the case.",),
    )


@desk_page
def approve(request: HttpRequest, *, meeting_id: UUID, number: int) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.minutes_row(viewer, meeting_id, number)
    heading = selectors.heading_of(viewer, selectors.meeting_row(viewer, meeting_id))
    if not heading.may_chair:
        raise NotAllowed("The minutes are approved by who chairs the meeting.")
    form = bind(VersionedForm, request, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.approve_minutes(row, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The minutes are final.")
            return redirect("desk:panel_minutes", meeting_id=meeting_id, number=number)
    return show_form(
        request,
        form,
        title="Approve the minutes",
        submit="Approve them",
        back=_to_minutes(meeting_id, number),
        caption=caption_of(heading),
        intro=("They are final from then on: they can be superseded, not edited.",),
    )


def _to_minutes(meeting_id: UUID, number: int) -> str:
    return reverse("desk:panel_minutes", kwargs={"meeting_id": meeting_id, "number": number})
