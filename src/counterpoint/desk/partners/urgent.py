"""What was shared without an agreement: supervisors review it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from counterpoint.access import agreements
from counterpoint.access.gate import viewer_of
from counterpoint.base.errors import NotFound
from counterpoint.cases import services
from counterpoint.desk.partners import forms
from counterpoint.desk.shell.pages import bind, desk_page, refusals_on


@desk_page
def shares(request: HttpRequest) -> HttpResponse:
    """Those to review, and those reviewed lately."""
    viewer = viewer_of(request)
    context = {
        "waiting": agreements.urgent_shares(viewer, reviewed=False),
        "reviewed": agreements.urgent_shares(viewer, reviewed=True, limit=20),
    }
    return render(request, "desk/partners/urgent.html", context)


@desk_page
def review(request: HttpRequest, *, grant_id: UUID) -> HttpResponse:
    viewer = viewer_of(request)
    waiting = agreements.urgent_shares(viewer, reviewed=False)
    share = next((row for row in waiting if row.grant.id == grant_id), None)
    if share is None:
        raise NotFound("There is no such sharing, or it is not yours to review.")
    form = bind(forms.ReviewForm, request)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            services.review_urgent_sharing(grant_id, **form.cleaned_data, by=viewer)
            messages.success(request, "The review is recorded, and who shared was told.")
            return redirect("desk:urgent_shares")
    return render(request, "desk/partners/urgent_review.html", {"form": form, "share": share})
