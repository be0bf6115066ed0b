"""Meetings: planned, changed, papers sent, held or cancelled; who was there; all papers as one document."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.base.errors import NotAllowed
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.cases.wording import HOW_KNOWN
from counterpoint.desk.panels import forms
from counterpoint.desk.panels.shown import caption_of, show_form, to_meeting
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.panels import selectors, services
from counterpoint.panels.views import MeetingHeading

_NOT_YOURS = "Meetings are prepared by case officers, supervisors and panel chairs of the lead agency."


@desk_page
def plan(request: HttpRequest, *, panel_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    panel = selectors.panel_row(viewer, panel_id)
    form = bind(forms.MeetingForm, request)
    set_choices(form, "chair", selectors.possible_chairs(viewer, panel_id))
    if form.is_bound and form.is_valid():
        with problems_on(form):
            meeting = services.plan_meeting(panel, form.meeting(), by=viewer)
            messages.success(request, "The meeting is planned, and the panel is told.")
            return redirect("desk:panel_meeting", meeting_id=meeting.pk)
    back = reverse("desk:panel", kwargs={"panel_id": panel_id})
    return show_form(request, form, title="Plan a meeting", submit="Plan it", back=back, caption=panel.name)


@desk_page
def meeting(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    """The agenda as far as the viewer may know of it, who is there, and the way to papers and minutes."""
    viewer = viewer_of(request)
    return render(request, "desk/panels/meeting.html", {"view": selectors.meeting_for(viewer, meeting_id)})


@desk_page
def change(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    viewer, heading = _prepared(request, meeting_id)
    row = selectors.meeting_row(viewer, meeting_id)
    initial = {
        "version": row.version,
        "on": forms.local_day(row.starts_at),
        "at": forms.local_time(row.starts_at),
        "place": row.place,
        "chair": str(row.chair_id),
    }
    form = bind(forms.MeetingChangeForm, request, initial=initial)
    set_choices(form, "chair", selectors.possible_chairs(viewer, row.panel_id))
    if form.is_bound and form.is_valid():
        with problems_on(form):
            version = form.cleaned_data["version"]
            services.change_meeting(row, form.meeting(), by=viewer, expected_version=version)
            messages.success(request, "The meeting is changed, and the panel is told.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    return show_form(
        request, form, title="Change the meeting", submit="Save", back=to_meeting(heading), caption=caption_of(heading)
    )


@desk_page
def send_papers(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    viewer, heading = _prepared(request, meeting_id)
    row = selectors.meeting_row(viewer, meeting_id)
    form = bind(VersionedForm, request, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.send_papers(row, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The papers are sent: the panel is told that the agenda can be read.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    intro = (
        "Everybody on the panel is told the same. Each reads at the desk what their agency was given.",
        "A case that they were not given is not there for them.",
        "You can still put cases on the agenda afterwards.",
    )
    return show_form(
        request,
        form,
        title="Send the papers",
        submit="Send them",
        back=to_meeting(heading),
        caption=caption_of(heading),
        intro=intro,
    )


@desk_page
def held(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    viewer, heading = _prepared(request, meeting_id)
    row = selectors.meeting_row(viewer, meeting_id)
    form = bind(VersionedForm, request, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.hold_meeting(row, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The meeting is over. Its minutes can be drafted.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    intro = ("Cases that nothing was decided on are due again, and can be put on the next agenda.",)
    return show_form(
        request,
        form,
        title="The meeting is over",
        submit="Record that it was held",
        back=to_meeting(heading),
        caption=caption_of(heading),
        intro=intro,
    )


@desk_page
def cancel(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    viewer, heading = _prepared(request, meeting_id)
    row = selectors.meeting_row(viewer, meeting_id)
    form = bind(forms.ReasonForm, request, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.cancel_meeting(row, reason=given["reason"], by=viewer, expected_version=given["version"])
            messages.success(request, "The meeting is cancelled, and the panel is told.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    return show_form(
        request,
        form,
        title="Cancel the meeting",
        submit="Cancel the meeting",
        back=to_meeting(heading),
        caption=caption_of(heading),
        intro=("Its cases wait for another meeting.",),
        is_serious=True,
    )


@desk_page
def attendance(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    """Who came, seat by seat."""
    viewer, _ = _prepared(request, meeting_id)
    row = selectors.meeting_row(viewer, meeting_id)
    heading, lines = selectors.attendance_for(viewer, meeting_id)
    form = bind(forms.AttendanceForm, request, lines=lines, initial={"version": row.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            version = form.cleaned_data["version"]
            services.record_attendance(row, form.given(), by=viewer, expected_version=version)
            messages.success(request, "It is recorded who was there.")
            return redirect("desk:panel_meeting", meeting_id=meeting_id)
    context = {"form": form, "heading": heading, "lines": lines}
    return render(request, "desk/panels/attendance.html", context)


@desk_page
def papers(request: HttpRequest, *, meeting_id: UUID) -> HttpResponse:
    """All papers that the viewer may read, as one document to read or print."""
    viewer = viewer_of(request)
    view = selectors.papers_for(viewer, meeting_id)
    return render(request, "desk/panels/papers.html", {"view": view, "how_known": HOW_KNOWN})


def _prepared(request: HttpRequest, meeting_id: UUID) -> tuple[Staff, MeetingHeading]:
    """The meeting, for who prepares it. Raises NotFound, NotAllowed."""
    viewer = viewer_of(request)
    heading = selectors.heading_of(viewer, selectors.meeting_row(viewer, meeting_id))
    if not heading.may_prepare:
        raise NotAllowed(_NOT_YOURS)
    return viewer, heading
