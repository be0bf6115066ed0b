"""Who was told what: of one case, and for auditors of all, without content."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.cases import selectors as cases
from counterpoint.desk.cases.shown import purpose_of, show
from counterpoint.desk.partners.forms import LoggedForm
from counterpoint.desk.shell.pages import desk_page
from counterpoint.partners import selectors
from counterpoint.partners.selectors.disclosures import PAGE_ROWS

_LONGEST_NUMBER = 18


@desk_page
def of_case(request: HttpRequest, *, case_id: UUID) -> HttpResponse:
    """Everything that other agencies were told, and who there has read it."""
    viewer = viewer_of(request)
    found = selectors.disclosures_of_case(viewer, case_id, purpose=purpose_of(viewer, case_id))
    return show(request, cases.heading_for(viewer, case_id), "partners/case_disclosures", {"disclosures": found})


@desk_page
def logged(request: HttpRequest) -> HttpResponse:
    """Disclosures of all cases, newest first, page by page."""
    form = LoggedForm(request.GET if request.GET.get("reference") else None)
    before = request.GET.get("before", "")
    number = int(before) if before.isdecimal() and len(before) <= _LONGEST_NUMBER else None
    reference = form.cleaned_data["reference"] if form.is_bound and form.is_valid() else ""
    is_odd = form.is_bound and not form.is_valid()
    found = (
        [] if is_odd else selectors.disclosures_logged(viewer_of(request), reference=reference, before_number=number)
    )
    page, more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    older = urlencode({"reference": reference, "before": page[-1].number}) if more else ""
    return render(request, "desk/partners/disclosures.html", {"form": form, "rows": page, "older": older})
