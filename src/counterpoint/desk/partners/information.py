"""Requests for information, on the case: what was asked of whom, what they answered; asking and withdrawing."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from counterpoint.access import agreements
from counterpoint.access import selectors as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.types import Section
from counterpoint.cases import selectors as cases
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.partners import forms
from counterpoint.desk.partners.sharing import agreement_to_use
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.partners import selectors, services
from counterpoint.partners.types import NewRequest


@desk_page
def information(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """What was asked and answered; and of whom more can be asked."""
    viewer = viewer_of(request)
    asked = selectors.requests_of_case(viewer, case_id, purpose=purpose_of(viewer, case_id))
    heading = cases.heading_for(viewer, case_id)
    may_ask = heading.may_work and heading.is_open
    context = {
        "asked": asked,
        "agreements": agreements.agreements_to_share_by(viewer) if may_ask else (),
        "may_ask": may_ask,
        "steps": selectors.steps_to_ask(viewer, case_id) if may_ask else (),
    }
    return show(request, heading, "partners/information", context)


@desk_page
def ask(request: HttpRequest, *, case_id: UUID, agreement_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    agreement = agreement_to_use(viewer, agreement_id)
    form = bind(forms.AskForm, request, agreement=agreement)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        wanted = NewRequest(
            question=given["question"],
            sections=tuple(Section(name) for name in given["sections"]),
            purpose=given["purpose"],
            legal_basis=given["legal_basis"],
            due_on=given["due_on"],
        )
        with refusals_on(form):
            agency = access.agency(viewer, agreement.partner_id)
            row = services.ask_information(case, wanted, agency=agency, by=viewer)
            messages.success(request, f"{agreement.partner} was asked: {row.reference}.")
            return redirect("desk:case_information", case_id=case_id)
    return show_form(
        request,
        cases.heading_for(viewer, case_id),
        form,
        title=f"Ask {agreement.partner}",
        submit="Ask",
        back="desk:case_information",
        intro=(
            "The agency sees the question, its purpose and legal basis, and what you choose to show.",
            "It sees neither the case nor its reference.",
        ),
    )


@desk_page
def withdraw(request: HttpRequest, *, case_id: UUID, request_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    form = bind(forms.BecauseForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.withdraw_request(case, request_id, because=form.cleaned_data["because"], by=viewer)
            messages.success(request, "The request is withdrawn, and the agency was told.")
            return redirect("desk:case_information", case_id=case_id)
    return show_form(
        request,
        cases.heading_for(viewer, case_id),
        form,
        title="Withdraw the request",
        submit="Withdraw it",
        back="desk:case_information",
        intro=("What was shown with it stays in the audit trail; the agency sees it no longer.",),
        is_serious=True,
    )
