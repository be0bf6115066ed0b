"""Notes, and messages with the reporters: told apart by words wherever they stand."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.cases import selectors, services
from counterpoint.cases.types import NoteVisibility
from counterpoint.desk.cases import forms
from counterpoint.desk.cases.forms import problems_on
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.shell.pages import bind, desk_page


@desk_page
def notes(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.notes_for(viewer, case_id, purpose=purpose_of(viewer, case_id))
    return show(request, view.heading, "notes", {"view": view})


@desk_page
def add(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.NoteForm, request)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.add_note(case, visibility=NoteVisibility(given["visibility"]), text=given["text"], by=viewer)
            messages.success(request, "The note is kept.")
            return redirect("desk:case_notes", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Write a note", submit="Keep the note", back="desk:case_notes")


@desk_page
def write(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Ask or tell the reporter of one referral."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    referrals = selectors.references_of(viewer, case_id)
    form = bind(forms.WriteForm, request, initial={"referral": str(referrals[0][0])})
    forms.set_choices(form, "referral", [(str(row_id), reference) for row_id, reference in referrals])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.write_to_reporter(
                case,
                text=given["text"],
                by=viewer,
                asks=given["asks"] == "question",
                referral_id=UUID(given["referral"]),
            )
            messages.success(request, "It lies in the reporter's mailbox.")
            return redirect("desk:case_notes", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request, heading, form, title="Write to the reporter", submit="Put it into the mailbox", back="desk:case_notes"
    )
