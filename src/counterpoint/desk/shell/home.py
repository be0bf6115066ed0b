"""The first page, and notices."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from counterpoint.access import selectors, services
from counterpoint.access.gate import viewer_of
from counterpoint.desk.shell.pages import desk_page
from counterpoint.desk.shell.waiting import what_waits_for

_NEWEST = 5


@desk_page
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me."""
    viewer = viewer_of(request)
    unread = [notice for notice in selectors.notices_of(viewer, limit=_NEWEST) if not notice.is_read]
    return render(request, "desk/shell/home.html", {"waiting": what_waits_for(viewer), "notices": unread})


@desk_page
def notices(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/shell/notices.html", {"notices": selectors.notices_of(viewer_of(request))})


@require_POST
@desk_page
def open_notice(request: HttpRequest, *, notice_id: UUID) -> HttpResponse:
    """Mark the notice as read, and go where it points."""
    notice = services.mark_notice_read(notice_id, by=viewer_of(request))
    ours = notice.link and url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None)
    return redirect(notice.link if ours else "desk:notices")
