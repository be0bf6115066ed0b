"""Showing parts of a case to another agency: under an agreement, or urgently without one; and ending it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access import agreements
from counterpoint.access import selectors as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.types import AgreementView, Section
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.cases import selectors, services
from counterpoint.desk.cases.forms import problems_on, set_choices
from counterpoint.desk.cases.shown import show, show_form
from counterpoint.desk.partners import forms
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on


@desk_page
def choose(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Under which agreement, and so with which agency."""
    viewer = viewer_of(request)
    heading = selectors.heading_for(viewer, case_id)
    return show(request, heading, "partners/share", {"agreements": agreements.agreements_to_share_by(viewer)})


@desk_page
def share(request: HttpRequest, *, case_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Which parts, for what, until when: as far as the agreement goes."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    agreement = agreement_to_use(viewer, agreement_id)
    form = bind(forms.ShareForm, request, agreement=agreement)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.share_case(
                case,
                agency=access.agency(viewer, agreement.partner_id),
                sections=[Section(name) for name in given["sections"]],
                purpose=given["purpose"],
                legal_basis=given["legal_basis"],
                until=forms.end_of(given["until"]),
                by=viewer,
            )
            messages.success(request, f"Shared with {agreement.partner}.")
            return redirect("desk:case_people", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title=f"Share with {agreement.partner}",
        submit="Share",
        back="desk:case_share",
        intro=(
            f"The agreement {agreement.reference} covers this until {forms.day_told(agreement.valid_until)}.",
            "The agency is told, and sees these parts until the day you give.",
            "What was shared, with whom and why stays in the audit trail.",
        ),
    )


@desk_page
def share_urgently(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """At once and for a short time, without an agreement; a supervisor reviews it."""
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    agencies = {str(agency.pk): agency for agency in access.partner_agencies(viewer)}
    form = bind(forms.UrgentShareForm, request)
    set_choices(form, "agency", [(row_id, agency.name) for row_id, agency in agencies.items()])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.share_urgently(
                case,
                agency=agencies[given["agency"]],
                sections=[Section(name) for name in given["sections"]],
                purpose=given["purpose"],
                legal_basis=given["legal_basis"],
                because=given["because"],
                until=clock.now() + timedelta(hours=given["hours"]),
                by=viewer,
            )
            messages.success(request, f"Shared with {agencies[given['agency']].name}. A supervisor will review it.")
            return redirect("desk:case_people", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="Share urgently without an agreement",
        submit="Share now",
        back="desk:case_share",
        intro=(
            "Only where somebody could come to harm before an agreement is signed.",
            "The agency is told and sees these parts at once.",
            "It ends by itself, and a supervisor reviews it afterwards.",
        ),
        is_serious=True,
    )


@desk_page
def end_sharing(request: HttpRequest, *, case_id: UUID, grant_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = selectors.case_row(viewer, case_id)
    form = bind(forms.EndSharingForm, request)
    if form.is_bound and form.is_valid():
        with problems_on(form):
            services.end_sharing(case, grant_id=grant_id, because=form.cleaned_data["because"], by=viewer)
            messages.success(request, "The sharing has ended.")
            return redirect("desk:case_people", case_id=case_id)
    heading = selectors.heading_for(viewer, case_id)
    return show_form(
        request,
        heading,
        form,
        title="End the sharing",
        submit="End it now",
        back="desk:case_people",
        is_serious=True,
    )


def agreement_to_use(viewer: Staff, agreement_id: UUID) -> AgreementView:
    """The agreement of this id, if something can be shared by it today. Raises NotFound."""
    for agreement in agreements.agreements_to_share_by(viewer):
        if agreement.id == agreement_id:
            return agreement
    raise NotFound("There is no such agreement in force. Choose another, or have one proposed and approved.")
