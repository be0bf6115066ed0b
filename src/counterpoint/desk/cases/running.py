"""What moves a case beside its steps: clocks held and extended, news told, another process begun."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access.gate import viewer_of
from counterpoint.cases import selectors, services
from counterpoint.cases.process import process_choices
from counterpoint.desk.cases import forms
from counterpoint.desk.cases.forms import problems_on, set_choices, step_form
from counterpoint.desk.cases.shown import show_form
from counterpoint.desk.shell.fields import VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page
from counterpoint.support.consenting import withdraws_what_is_given


@desk_page
def pause(request: HttpRequest, *, case_id: UUID, clock_id: UUID) -> HttpResponse:
    """Hold a clock, for a reason that its rule allows."""
    viewer = viewer_of(request)
    title, reasons = selectors.pause_reasons_of(viewer, case_id, clock_id)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.PauseForm, request, initial={"version": case.version})
    set_choices(form, "reason", reasons)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.pause_clock(case, clock_id, reason=given["reason"], by=viewer, expected_version=given["version"])
            messages.success(request, "The clock is held.")
            return redirect("desk:case", case_id=case_id)
    intro = ("Days that end while it is held do not count.",) if reasons else ("The pack gives no reason to hold it.",)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title=f"Hold the clock. {title}", submit="Hold it", intro=intro)


@desk_page
def resume(request: HttpRequest, *, case_id: UUID, clock_id: UUID) -> HttpResponse:
    """Let a held clock go on."""
    viewer = viewer_of(request)
    title, _ = selectors.pause_reasons_of(viewer, case_id, clock_id)
    case = selectors.case_row(viewer, case_id)
    form = bind(VersionedForm, request, initial={"version": case.version})
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.resume_clock(case, clock_id, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The clock goes on.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title=f"Let the clock go on. {title}", submit="Let it go on")


@desk_page
def extend(request: HttpRequest, *, case_id: UUID, clock_id: UUID) -> HttpResponse:
    """Give a clock longer, with the reason."""
    viewer = viewer_of(request)
    title, _ = selectors.pause_reasons_of(viewer, case_id, clock_id)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.ExtendForm, request, initial={"version": case.version})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.extend_clock(
                case, clock_id, days=given["days"], why=given["why"], by=viewer, expected_version=given["version"]
            )
            messages.success(request, "The clock runs longer.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title=f"Give it longer. {title}", submit="Give it longer")


@desk_page
def news(request: HttpRequest, *, case_id: UUID, message_id: str) -> HttpResponse:
    """Tell of something that the process waits for."""
    viewer = viewer_of(request)
    name, fields = selectors.news_form_for(viewer, case_id, message_id)
    if withdraws_what_is_given(case_id, message_id):
        return redirect("desk:case_consents", case_id=case_id)  # the consent is withdrawn there, and the process told
    case = selectors.case_row(viewer, case_id)
    form = bind(step_form(fields), request, initial={"version": case.version})
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        with problems_on(form):
            services.receive_message(case, message_id, values, by=viewer, expected_version=version)
            messages.success(request, f"Recorded: {name}.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    intro = ("What is under way is set aside at once, and the case goes on from here.",)
    return show_form(request, heading, form, title=name, submit="Record it", intro=intro, is_serious=True)


@desk_page
def other_process(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Go on by another process of the pack."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.ProcessForm, request, initial={"version": case.version})
    set_choices(form, "process_id", process_choices())
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with problems_on(form):
            services.change_process(
                case,
                process_id=given["process_id"],
                reason=given["reason"],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "The case goes on by another process.")
            return redirect("desk:case", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(request, heading, form, title="Go on by another process", submit="Begin it")
