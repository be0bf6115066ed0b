"""Transfers: offers to and by the supervisor's agency; on the case, offering and revoking."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import selectors as access
from counterpoint.access.gate import viewer_of
from counterpoint.access.types import Role, Section
from counterpoint.cases import selectors as cases
from counterpoint.desk.cases.forms import set_choices
from counterpoint.desk.cases.shown import purpose_of, show, show_form
from counterpoint.desk.partners import forms
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on
from counterpoint.partners import selectors, services
from counterpoint.partners.types import TransferState, TransferView


@desk_page
def transfer_list(request: HttpRequest) -> HttpResponse:
    """What was offered to us, and by us."""
    viewer = viewer_of(request)
    context = {"rows": selectors.transfers_of(viewer), "ours": viewer.agency.name}
    return render(request, "desk/partners/transfers.html", context)


@desk_page
def transfer(request: HttpRequest, *, transfer_id: UUID) -> HttpResponse:
    """An offer, for who may take the case; for who made it, the case's own page of transfers."""
    viewer = viewer_of(request)
    own = next((row for row in selectors.transfers_of(viewer) if row.id == transfer_id and row.case_id), None)
    if own is not None and own.case_id is not None:
        return redirect("desk:case_transfers", case_id=own.case_id)
    view = selectors.transfer_for(viewer, transfer_id)
    context = {"transfer": view, "waits": view.row.state is TransferState.OFFERED}
    return render(request, "desk/partners/transfer.html", context)


@desk_page
def accept(request: HttpRequest, *, transfer_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.transfer_for(viewer, transfer_id)
    people = {str(each.pk): each for each in access.colleagues(viewer, roles=(Role.CASE_OFFICER, Role.SUPERVISOR))}
    form = bind(forms.AcceptForm, request)
    set_choices(form, "lead_officer", [(row_id, person.name) for row_id, person in people.items()])
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            lead = people[form.cleaned_data["lead_officer"]]
            case = services.accept_transfer(transfer_id, lead_officer=lead, by=viewer)
            messages.success(request, f"The case is yours: {case.reference}. {lead.name} leads it.")
            return redirect("desk:case", case_id=case.pk)
    return _form_page(request, form, view, title=f"Accept {view.row.reference}", submit="Accept the case")


@desk_page
def reject(request: HttpRequest, *, transfer_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = selectors.transfer_for(viewer, transfer_id)
    form = bind(forms.BecauseForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.reject_transfer(transfer_id, because=form.cleaned_data["because"], by=viewer)
            messages.success(request, "The offer is rejected, and who made it was told.")
            return redirect("desk:transfers")
    return _form_page(request, form, view, title=f"Reject {view.row.reference}", submit="Reject it", is_serious=True)


@desk_page
def of_case(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Every offer of this case."""
    viewer = viewer_of(request)
    found = selectors.transfers_of_case(viewer, case_id, purpose=purpose_of(viewer, case_id))
    heading = cases.heading_for(viewer, case_id)
    is_offered = any(view.row.state is TransferState.OFFERED for view in found)
    may_offer = heading.may_lead and heading.is_open and not is_offered
    return show(request, heading, "partners/case_transfers", {"transfers": found, "may_offer": may_offer})


@desk_page
def offer(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    agencies = {str(agency.pk): agency for agency in selectors.other_lead_agencies(viewer)}
    form = bind(forms.OfferForm, request)
    set_choices(form, "to", [(row_id, agency.name) for row_id, agency in agencies.items()])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            services.offer_transfer(
                case,
                to=agencies[given["to"]],
                reason=given["reason"],
                legal_basis=given["legal_basis"],
                sections=[Section(name) for name in given["sections"]],
                by=viewer,
            )
            messages.success(request, f"The case is offered to {agencies[given['to']].name}.")
            return redirect("desk:case_transfers", case_id=case_id)
    return show_form(
        request,
        cases.heading_for(viewer, case_id),
        form,
        title="Offer the case to another lead agency",
        submit="Offer it",
        back="desk:case_transfers",
        intro=(
            "Until they accept, they see your reason and what you choose to show, nothing else.",
            "Once they accept, the case is theirs, and nobody of your agency sees it any more.",
        ),
    )


@desk_page
def revoke(request: HttpRequest, *, case_id: UUID, transfer_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    case = cases.case_row(viewer, case_id)
    form = bind(forms.BecauseForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.revoke_transfer(case, transfer_id, because=form.cleaned_data["because"], by=viewer)
            messages.success(request, "The offer is taken back.")
            return redirect("desk:case_transfers", case_id=case_id)
    return show_form(
        request,
        cases.heading_for(viewer, case_id),
        form,
        title="Take back the offer",
        submit="Take it back",
        back="desk:case_transfers",
        is_serious=True,
    )


def _form_page(
    request: HttpRequest, form: DeskForm, view: TransferView, *, title: str, submit: str, is_serious: bool = False
) -> HttpResponse:
    context = {"form": form, "transfer": view, "title": title, "submit_text": submit, "is_serious": is_serious}
    return render(request, "desk/partners/transfer_form.html", context)
