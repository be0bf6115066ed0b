"""The list of cases. It opens nothing."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.selectors import partner_agencies
from counterpoint.cases import selectors
from counterpoint.cases.types import CaseFilters, CaseState
from counterpoint.desk.cases.forms import set_choices
from counterpoint.desk.shell.fields import DeskForm
from counterpoint.desk.shell.pages import desk_page


class FilterForm(DeskForm):
    state = forms.ChoiceField(
        label="State", choices=[("", "Open"), ("closed", "Closed"), ("all", "Open and closed")], required=False
    )
    agency = forms.ChoiceField(label="Shared with", required=False)
    mine = forms.BooleanField(label="Those I work on", required=False)
    late = forms.BooleanField(label="Late", required=False)
    agree = forms.BooleanField(label="Waiting for agreement to close", required=False)


@desk_page
def cases(request: HttpRequest) -> HttpResponse:
    """The nearest clock first; closed ones the last closed first."""
    viewer = viewer_of(request)
    given = {name: str(value) for name, value in request.GET.items() if value}
    form = _filter_form(viewer, given)
    page = selectors.cases_visible_to(viewer, filters=_filters(form), after=given.get("after", ""))
    kept = {name: value for name, value in given.items() if name != "after"}
    context = {
        "form": form,
        "rows": page.rows,
        "inside": viewer.agency.is_lead,
        "is_filtered": bool(kept),
        "next": urlencode({**kept, "after": page.after}) if page.after else "",
        "first": urlencode(kept) if "after" in given else None,
    }
    return render(request, "desk/cases/list.html", context)


def _filter_form(viewer: Staff, given: Mapping[str, str]) -> FilterForm:
    form = FilterForm(given)
    agencies = partner_agencies(viewer) if viewer.agency.is_lead else ()
    set_choices(form, "agency", [("", "Any or none"), *[(str(agency.pk), agency.name) for agency in agencies]])
    return form


def _filters(form: FilterForm) -> CaseFilters:
    """Odd values count as not given: an address may be old or typed by hand."""
    form.is_valid()
    chosen: Mapping[str, Any] = form.cleaned_data
    states = {"closed": CaseState.CLOSED, "all": None}
    return CaseFilters(
        mine=bool(chosen.get("mine")),
        state=states.get(chosen.get("state", ""), CaseState.OPEN),
        late=bool(chosen.get("late")),
        to_agree=bool(chosen.get("agree")),
        agency_id=UUID(chosen["agency"]) if chosen.get("agency") else None,
    )
