"""The first page, and notices."""

import re
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from counterpoint.access import selectors, services
from counterpoint.access.gate import viewer_of
from counterpoint.base import clock, ids
from counterpoint.base.errors import NotFound
from counterpoint.desk.shell.pages import PAGE_OF, desk_page
from counterpoint.desk.shell.waiting import what_waits_for
from counterpoint.triage.call_backs import call_back_named

_NEWEST = 5
_REFERENCE = re.compile(r"\bCP(?:-[0-9A-Z]{4}){2}-[0-9A-Z]\b")


@desk_page
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me."""
    viewer = viewer_of(request)
    unread = [notice for notice in selectors.notices_of(viewer, limit=_NEWEST) if not notice.is_read]
    return render(request, "desk/shell/home.html", {"waiting": what_waits_for(viewer), "notices": unread})


@desk_page
def notices(request: HttpRequest) -> HttpResponse:
    """What was left for me, the unread first."""
    viewer = viewer_of(request)
    context = {
        "notices": selectors.notices_of(viewer),
        "has_unread": bool(selectors.unread_notices(viewer)),
        "shown_at": clock.now().isoformat(),
    }
    return render(request, "desk/shell/notices.html", context)


@require_POST
@desk_page
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read that there were when the page was shown."""
    now = clock.now()
    try:
        shown_at = datetime.fromisoformat(request.POST.get("shown_at", ""))
    except ValueError:
        shown_at = now
    services.mark_notices_read(by=viewer_of(request), until=min(shown_at, now) if shown_at.tzinfo else now)
    return redirect("desk:notices")


@require_POST
@desk_page
def open_notice(request: HttpRequest, *, notice_id: UUID) -> HttpResponse:
    """Mark the notice as read, and go where it points: its own link, or the record that its text names."""
    notice = services.mark_notice_read(notice_id, by=viewer_of(request))
    if notice.link and url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None):
        return redirect(notice.link)
    named = _REFERENCE.search(notice.text)
    return redirect("desk:go", reference=named.group()) if named else redirect("desk:notices")


@desk_page
def go(request: HttpRequest, *, reference: str) -> HttpResponse:
    """To the case, referral or advice contact of this reference, or to the arrival while it is none of these."""
    viewer, named = viewer_of(request), ids.read_reference(reference) or ""
    try:
        kind, record_id = selectors.record_named(viewer, named)
    except NotFound:
        return redirect("desk:call_back", arrival_id=call_back_named(viewer, named))
    route, part = PAGE_OF[kind]
    return redirect(reverse(route, kwargs={part: record_id}))


@desk_page
def nowhere(_request: HttpRequest) -> HttpResponse:
    """For addresses that no page has: says so in the desk's own look."""
    raise NotFound("There is no page at this address.")
