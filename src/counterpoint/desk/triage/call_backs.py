"""The call-back queue: what arrived and needs a person before it can be a referral."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.desk.shell.pages import desk_page
from counterpoint.desk.triage.answers import answers_as_sent
from counterpoint.triage import call_backs


@desk_page
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/triage/call_backs.html", {"rows": call_backs.call_backs(viewer_of(request))})


@desk_page
def page(request: HttpRequest, *, arrival_id: UUID) -> HttpResponse:
    """The form as it was sent, with whatever is odd about it."""
    view = call_backs.call_back_for(viewer_of(request), arrival_id)
    context = {"view": view, "sections": answers_as_sent(view.question_set_hash, view.answers)}
    return render(request, "desk/triage/call_back.html", context)
