"""Sharing agreements: the list, one, proposing, approving, ending."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import agreements
from counterpoint.access import selectors as access
from counterpoint.access import services as access_services
from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import AgreementState, AgreementView, NewAgreement, Role, Section
from counterpoint.cases import services as cases
from counterpoint.desk.cases.forms import set_choices
from counterpoint.desk.partners import forms
from counterpoint.desk.shell.fields import DeskForm, VersionedForm
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on


@desk_page
def agreement_list(request: HttpRequest) -> HttpResponse:
    """The viewer's agency's own, the latest first."""
    viewer = viewer_of(request)
    context = {"agreements": agreements.agreements_visible_to(viewer), "may_propose": _may_propose(viewer)}
    return render(request, "desk/partners/agreements.html", context)


@desk_page
def agreement(request: HttpRequest, *, agreement_id: UUID) -> HttpResponse:
    """One agreement with all its terms."""
    viewer = viewer_of(request)
    view = agreements.agreement_for(viewer, agreement_id)
    waits = view.state is AgreementState.DRAFT
    context = {
        "agreement": view,
        "may_approve": waits and _may_approve(viewer, view),
        "may_change": waits and _may_propose(viewer),
        "may_end": view.state is not AgreementState.ENDED and _may_propose(viewer),
    }
    return render(request, "desk/partners/agreement.html", context)


@desk_page
def propose(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    partners = {str(agency.pk): agency for agency in access.partner_agencies(viewer)}
    form = bind(forms.AgreementForm, request)
    set_choices(form, "partner", [(row_id, agency.name) for row_id, agency in partners.items()])
    if form.is_bound and form.is_valid():
        partner = partners[form.cleaned_data["partner"]]
        with refusals_on(form):
            row = access_services.propose_agreement(_terms_in(form), partner=partner, by=viewer)
            messages.success(request, "The agreement is proposed. Another supervisor approves it.")
            return redirect("desk:agreement", agreement_id=row.pk)
    intro = (
        "It covers sharing once another supervisor has approved it.",
        "Until then it can be changed. Afterwards it is not edited: a later one takes its place.",
    )
    return _form_page(request, form, title="Propose a sharing agreement", submit="Propose it", intro=intro)


@desk_page
def change(request: HttpRequest, *, agreement_id: UUID) -> HttpResponse:
    """Change a draft."""
    viewer = viewer_of(request)
    view = agreements.agreement_for(viewer, agreement_id)
    partners = {str(agency.pk): agency for agency in access.partner_agencies(viewer)}
    form = bind(forms.AgreementChangeForm, request, initial=_as_it_is(view))
    set_choices(form, "partner", [(row_id, agency.name) for row_id, agency in partners.items()])
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            access_services.change_agreement(
                agreement_id,
                _terms_in(form),
                partner=partners[given["partner"]],
                by=viewer,
                expected_version=given["version"],
            )
            messages.success(request, "The draft is changed. Another supervisor approves it.")
            return redirect("desk:agreement", agreement_id=agreement_id)
    intro = ("Whoever changed it last does not approve it.",)
    return _form_page(
        request, form, title="Change the draft", submit="Save", intro=intro, agreement=view, shows_terms=False
    )


@desk_page
def approve(request: HttpRequest, *, agreement_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    view = agreements.agreement_for(viewer, agreement_id)
    form = bind(VersionedForm, request, initial={"version": view.version})
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            access_services.approve_agreement(agreement_id, by=viewer, expected_version=form.cleaned_data["version"])
            messages.success(request, "The agreement is approved.")
            return redirect("desk:agreement", agreement_id=agreement_id)
    title = f"Approve the agreement with {view.partner}"
    intro = ("Compare the terms with the signed document first.",)
    return _form_page(request, form, title=title, submit="Approve it", intro=intro, agreement=view)


@desk_page
def end(request: HttpRequest, *, agreement_id: UUID) -> HttpResponse:
    """End it, or withdraw the draft."""
    viewer = viewer_of(request)
    view = agreements.agreement_for(viewer, agreement_id)
    form = bind(forms.EndAgreementForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            ended = cases.end_agreement(agreement_id, because=form.cleaned_data["because"], by=viewer)
            what = "sharing has" if len(ended) == 1 else "sharings have"
            messages.success(request, f"The agreement has ended. {len(ended)} {what} ended with it.")
            return redirect("desk:agreement", agreement_id=agreement_id)
    return _form_page(
        request,
        form,
        title=f"End the agreement with {view.partner}",
        submit="End it now",
        intro=("All that is shared under it ends with it.",),
        agreement=view,
        is_serious=True,
    )


def _form_page(
    request: HttpRequest,
    form: DeskForm,
    *,
    title: str,
    submit: str,
    intro: tuple[str, ...] = (),
    agreement: AgreementView | None = None,
    is_serious: bool = False,
    shows_terms: bool = True,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit_text": submit,
        "intro": intro,
        "agreement": agreement,
        "is_serious": is_serious,
        "shows_terms": shows_terms,
    }
    return render(request, "desk/partners/agreement_form.html", context)


def _may_propose(viewer: Staff) -> bool:
    return viewer.agency.is_lead and can_hold(viewer, Role.SUPERVISOR, Role.PROCESS_LEAD)


def _may_approve(viewer: Staff, view: AgreementView) -> bool:
    is_own = viewer.pk in (view.proposed_by_id, view.edited_by_id)
    return viewer.agency.is_lead and can_hold(viewer, Role.SUPERVISOR) and not is_own


def _terms_in(form: forms.AgreementForm) -> NewAgreement:
    given = form.cleaned_data
    return NewAgreement(
        reference=given["reference"],
        sections=tuple(Section(name) for name in given["sections"]),
        purposes=tuple(given["purposes"].splitlines()),
        legal_bases=tuple(given["legal_bases"].splitlines()),
        valid_from=given["valid_from"],
        valid_until=given["valid_until"],
    )


def _as_it_is(view: AgreementView) -> dict[str, object]:
    return {
        "version": view.version,
        "partner": str(view.partner_id),
        "reference": view.reference,
        "sections": [section.value for section in view.sections],
        "purposes": "\n".join(term.words for term in view.purposes),
        "legal_bases": "\n".join(term.words for term in view.legal_bases),
        "valid_from": view.valid_from,
        "valid_until": view.valid_until,
    }
