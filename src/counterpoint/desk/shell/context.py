"""What the layout of every desk page needs: who is here, where they may go, how many notices wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from counterpoint.access import selectors
from counterpoint.access.gate import is_verified, viewer_of
from counterpoint.access.models import Staff
from counterpoint.access.permissions import PERMISSIONS
from counterpoint.access.predicates import Answer, Asked

# What is offered follows from the permission map: a route that the viewer may not use is left out.
_PLACES = (
    ("desk:home", "Home"),
    ("desk:inbox", "Inbox"),
    ("desk:tasks", "Tasks"),
    ("desk:cases", "Cases"),
    ("desk:panels", "Panels"),
    ("desk:interventions", "Support"),
    ("desk:monitoring", "Monitoring"),
    ("desk:content", "Online material"),
    ("desk:campaigns", "Campaigns"),
    ("desk:advice", "Advice"),
    ("desk:search", "Search"),
    ("desk:rules", "Rules"),
    ("desk:supervision", "Supervision"),
    ("desk:agreements", "Agreements"),
    ("desk:information_requests", "Requests"),
    ("desk:transfers", "Transfers"),
    ("desk:disclosures", "Disclosures"),
    ("desk:audit", "Audit"),
    ("desk:campaign_disclosures", "Exports"),
    ("desk:staff", "Staff"),
    ("desk:notices", "Notices"),
)


@dataclass(frozen=True)
class Place:
    text: str
    href: str
    is_here: bool
    is_this_page: bool


def desk(request: HttpRequest) -> dict[str, Any]:
    """Context for templates of the desk; nothing for the public pages, whose session stays untouched."""
    if not request.path.startswith("/desk/"):
        return {}
    if not request.user.is_authenticated:
        return {"viewer": None, "places": (), "unread": 0}
    viewer = viewer_of(request)
    if not is_verified(request, viewer):
        return {"viewer": viewer, "places": (), "unread": 0}
    return {"viewer": viewer, "places": _places(viewer, request.path), "unread": selectors.unread_notices(viewer)}


def _places(viewer: Staff, path: str) -> Sequence[Place]:
    places = []
    for route, text in _PLACES:
        rule = PERMISSIONS.get(route)
        if rule is None or rule.answer(Asked(viewer, {})) is not Answer.YES:
            continue
        try:
            href = reverse(route)
        except NoReverseMatch:
            continue
        is_here = path == href or (route != "desk:home" and path.startswith(href))
        places.append(Place(text, href, is_here, path == href))
    return places
