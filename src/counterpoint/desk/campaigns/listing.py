"""The lists: runs and snapshots, and what was exported."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.campaigns import selectors
from counterpoint.desk.shell.pages import desk_page


@desk_page
def campaigns(request: HttpRequest) -> HttpResponse:
    """Runs and snapshots, the newest first."""
    viewer = viewer_of(request)
    runs = selectors.runs(viewer, before=_moment(request.GET.get("before", "")))
    context = {
        "runs": runs,
        "snapshots": selectors.snapshots(viewer),
        "deleted": selectors.snapshots(viewer, is_there=False),
        "analyses": can_hold(viewer, Role.ANALYST),
        "has_folder": settings.SNAPSHOTS_FOLDER is not None,
        "before": runs[-1].asked_at.isoformat() if len(runs) == selectors.PAGE_ROWS else "",
    }
    return render(request, "desk/campaigns/list.html", context)


@desk_page
def disclosures(request: HttpRequest) -> HttpResponse:
    """Every export: what, to whom, why."""
    viewer = viewer_of(request)
    context = {"rows": selectors.disclosures(viewer), "opens_findings": can_hold(viewer, Role.ANALYST)}
    return render(request, "desk/campaigns/disclosures.html", context)


def _moment(text: str) -> datetime | None:
    """An odd value counts as not given: an address may be old or typed by hand."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
